import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { EmptyState } from '../components/EmptyState.tsx';
import { Page, PageHead } from '../components/PageHead.tsx';
import { errorSentence } from '../lib/error-sentence.ts';

interface State {
  readonly error: unknown;
}

/** The last net: React offers it only as a class. Runs go on without this page, and it says so. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <Crash error={this.state.error} />;
  }
}

/** A page that failed to draw: the rest of the workbench stays usable. */
export function Crash({ error }: { readonly error: unknown }) {
  return (
    <Page head={<PageHead title="This page could not be drawn" />}>
      <EmptyState
        title="Something in it went wrong"
        actions={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        <p>{errorSentence(error).text}</p>
        <p>A run that is on goes on, and everything it has written is kept.</p>
      </EmptyState>
    </Page>
  );
}
