import type { Store, StoreApi, StoreMethod, StoreResult } from '../../../src-main/store/api.ts';

type Methods = { readonly [M in StoreMethod]?: (...args: Parameters<StoreApi[M]>) => StoreResult<M> };

/** A store that knows only what it is given; anything else fails with the name of what is missing. */
export function standInStore(methods: Methods): Store {
  return {
    path: '(made up)',
    async call<M extends StoreMethod>(method: M, ...args: Parameters<StoreApi[M]>): Promise<StoreResult<M>> {
      const known: Methods[M] = methods[method];
      if (known === undefined) throw new Error(`This stand-in has no ${method}.`);
      return known(...args);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
