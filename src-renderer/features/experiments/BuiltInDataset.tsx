import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { importBuiltInMutation } from '../../queries/datasets.ts';

/** Questions without a file: the ones that come with the workbench. */
export function BuiltInDataset() {
  const load = useMutation(importBuiltInMutation());
  return (
    <>
      <Button variant="default" loading={load.isPending} onClick={() => load.mutate(undefined)}>
        Use the built-in questions
      </Button>
      {load.isError ? <ErrorNote error={load.error} what="The questions were not imported." /> : null}
    </>
  );
}
