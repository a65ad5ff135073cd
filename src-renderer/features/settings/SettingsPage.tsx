import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function SettingsPage() {
  return (
    <Page head={<PageHead title="Settings" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
