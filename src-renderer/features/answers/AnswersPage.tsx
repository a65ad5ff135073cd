import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function AnswersPage() {
  return (
    <Page head={<PageHead title="Answers" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
