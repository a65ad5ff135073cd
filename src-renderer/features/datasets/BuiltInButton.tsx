import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { BookOpen } from 'lucide-react';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { importBuiltInMutation } from '../../queries/datasets.ts';

/** Adds the built-in questions and opens them. */
export function BuiltInButton() {
  const add = useMutation(importBuiltInMutation());
  const navigate = useNavigate();
  return (
    <>
      <Button
        variant="default"
        loading={add.isPending}
        leftSection={<BookOpen size={14} aria-hidden />}
        onClick={() =>
          add.mutate(undefined, {
            onSuccess: ({ id }) => void navigate({ to: '/datasets', search: { dataset: id } }),
          })
        }
      >
        Add the built-in questions
      </Button>
      {add.isError ? <ErrorNote error={add.error} what="The built-in questions were not added." /> : null}
    </>
  );
}
