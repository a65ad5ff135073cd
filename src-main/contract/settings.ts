import { type } from '@orpc/contract';
import { z } from 'zod';
import type { AppInfo } from '../domain/app.ts';
import type { Settings } from '../domain/settings.ts';
import { base, LIMITS, name } from './base.ts';

const bytes = z.int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const settingsSchema = z.object({
  modelFolders: z.array(z.string().min(1).max(LIMITS.path)).max(100),
  vramReserveBytes: bytes,
  ramReserveBytes: bytes,
  theme: z.enum(['system', 'light', 'dark']),
  author: name,
}) satisfies z.ZodType<Settings>;

export const settings = {
  get: base.output(type<Settings>()),
  set: base.input(settingsSchema.partial()).output(type<Settings>()),
  about: base.output(type<AppInfo>()),
};
