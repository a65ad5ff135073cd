import { Note } from '../components/ErrorNote.tsx';
import { useConnection } from '../queries/client.ts';

/** Says when the workbench does not answer; what is on the page is then what was known last. */
export function ConnectionBanner() {
  const { state, generation, problem } = useConnection();
  if (state !== 'lost') return null;
  return (
    <div style={{ padding: '8px 16px 0' }}>
      <Note tone="warning">
        {problem ??
          'The connection to the workbench was lost. It is tried again every few seconds; a run that is on goes on without this page.'}
        {generation > 0 ? ' What is shown is what was known last.' : ''}
      </Note>
    </div>
  );
}
