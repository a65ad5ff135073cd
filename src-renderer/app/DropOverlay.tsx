import { useNavigate } from '@tanstack/react-router';
import { FileInput } from 'lucide-react';
import { useEffect, useState } from 'react';
import { judgeDrop, type Drop } from '../lib/drop.ts';
import { capabilities } from '../queries/client.ts';
import { offerFile } from '../queries/offered.ts';
import classes from './DropOverlay.module.css';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** While a file hovers a browser tells its type at most, never its name. */
function hoverSentence(transfer: DataTransfer | null): string {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  if (items.length > 1) return `${items.length} files: one at a time, please. Nothing will be imported.`;
  const type = items[0]?.type ?? '';
  if (type.startsWith('image/') || type.startsWith('video/') || type.startsWith('audio/'))
    return 'This is neither a dataset nor a model: it will not be imported.';
  return 'A dataset, stored answers, or a folder of them: you will see a preview first. A model joins the models.';
}

const entryOf = (transfer: DataTransfer): readonly Drop[] =>
  [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => {
      const entry = item.webkitGetAsEntry();
      return { file: item.getAsFile(), folder: entry?.isDirectory === true, entry };
    });

/** The whole window takes a file and says what it will do with it. */
export function DropOverlay() {
  const [sentence, setSentence] = useState<string | null>(null);
  const navigate = useNavigate();
  useEffect(() => {
    let depth = 0;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth += 1;
      setSentence(hoverSentence(event.dataTransfer));
    };
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setSentence(null);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      depth = 0;
      setSentence(null);
      offerFile(judgeDrop(entryOf(event.dataTransfer), capabilities.localPaths));
      void navigate({ to: '/datasets/import', search: {} });
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [navigate]);
  if (sentence === null) return null;
  return (
    <div className={classes['root']} role="status">
      <div className={classes['card']}>
        <FileInput size={28} aria-hidden />
        <strong>Drop it anywhere</strong>
        <span>{sentence}</span>
      </div>
    </div>
  );
}
