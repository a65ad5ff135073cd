import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { keptKeysQuery, keyStatusQuery } from '../queries/servers.ts';
import classes from './KeyState.module.css';

/** Whether there is a key under this name, and how to bring one where there is none. Never the key. */
export function KeyState({ variable }: { readonly variable: string }) {
  const status = useQuery(keyStatusQuery([variable])).data?.[0];
  const kept = useQuery(keptKeysQuery()).data ?? null;
  if (status === undefined) return null;
  if (status.there) {
    const place =
      kept?.variables.includes(variable) === true ? 'kept by this desktop' : 'set in the environment';
    return (
      <p className={classes['state']} data-there>
        ✓ {variable} is {place}.
      </p>
    );
  }
  return (
    <p className={classes['state']}>
      ! {variable} is not set.{' '}
      {kept === null || kept.problem !== null ? (
        <>
          Stop Assize, <code>export {variable}=…</code> and start it again: keys are read from its environment
          and never stored.
        </>
      ) : (
        <>
          <Link to="/settings/servers">Keep a key</Link> on this machine, or set the variable before Assize is
          started.
        </>
      )}
    </p>
  );
}
