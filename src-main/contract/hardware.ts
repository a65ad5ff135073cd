import { eventIterator, type } from '@orpc/contract';
import type { Machine } from '../domain/hardware.ts';
import { base } from './base.ts';

export const hardware = {
  read: base.output(type<Machine>()),
  /** A reading every two seconds or so, for as long as someone looks. */
  watch: base.output(eventIterator(type<Machine>())),
};
