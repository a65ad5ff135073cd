import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/EmptyState.tsx';
import { Page, PageHead } from '../components/PageHead.tsx';

export function NotFound() {
  return (
    <Page head={<PageHead title="There is no such page" />}>
      <EmptyState
        title="Nothing is at this address"
        actions={<Button renderRoot={(props) => <Link to="/machine" {...props} />}>Go to Machine</Button>}
      >
        <p>
          The pages are at the left. An address that was kept may name a run or a dataset that was removed
          since.
        </p>
      </EmptyState>
    </Page>
  );
}
