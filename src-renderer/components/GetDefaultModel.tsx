import { Button } from '@mantine/core';
import { Download } from 'lucide-react';
import { downloadModel } from '../queries/models.ts';
import { useTask } from '../queries/tasks.ts';

const TITLE = 'Downloading the small default model';

export const DEFAULT_MODEL_TASK = 'download:default';

/** Starts the download; whoever shows the button shows `<TaskLine id={DEFAULT_MODEL_TASK} …>` too. */
export function fetchDefaultModel(): void {
  downloadModel('default', TITLE);
}

/** Fetches the small model that runs on any machine: the only way to a first result without a model on disk. */
export function GetDefaultModel({ primary = false }: { readonly primary?: boolean }) {
  const running = useTask(DEFAULT_MODEL_TASK)?.status === 'running';
  return (
    <Button
      variant={primary ? 'filled' : 'default'}
      disabled={running}
      leftSection={<Download size={15} aria-hidden />}
      onClick={fetchDefaultModel}
    >
      Download the small default model (about 100 MB)
    </Button>
  );
}
