import type { StoreMethod } from './api.ts';

/** Reads, and which of the reading threads they go to: lists must not wait for statistics and exports. */
export const READS: Partial<Readonly<Record<StoreMethod, 'list' | 'statistic'>>> = {
  'datasets.unfinished': 'list',
  'datasets.list': 'list',
  'datasets.get': 'list',
  'datasets.rows': 'list',
  'datasets.sample': 'statistic',
  'runs.list': 'list',
  'runs.get': 'list',
  'runs.owned': 'list',
  'runs.events': 'list',
  'runs.memory': 'list',
  'runs.counts': 'list',
  'runs.pendingAnswers': 'statistic',
  'runs.pendingJudgments': 'statistic',
  'answers.page': 'list',
  'answers.count': 'statistic',
  'answers.at': 'list',
  'answers.get': 'list',
  'answers.export': 'statistic',
  'judges.list': 'list',
  'analysis.stamp': 'list',
  'analysis.matrix': 'statistic',
  'analysis.logprobs': 'statistic',
  'cache.get': 'list',
};
