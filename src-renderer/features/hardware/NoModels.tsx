import type { ModelList } from '../../../src-main/contract/models.ts';
import { AddFolder } from '../../components/AddFolder.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { GetDefaultModel } from '../../components/GetDefaultModel.tsx';
import classes from './NoModels.module.css';

interface NoModelsProps {
  readonly folders: ModelList['folders'];
  readonly scanning: boolean;
}

/** No model yet: where was looked, and the two ways to one. */
export function NoModels({ folders, scanning }: NoModelsProps) {
  return (
    <div className={classes['root']}>
      <EmptyState
        title={scanning ? 'Looking for models…' : 'No models found yet'}
        actions={
          <>
            <AddFolder primary />
            <GetDefaultModel />
          </>
        }
      >
        <p>
          Assize runs GGUF files.{' '}
          {folders.length === 0
            ? 'None of the folders that LM Studio, Hugging Face, Ollama and llama.cpp keep models in is here. Add the one where yours are'
            : 'It looked in these folders, and looks in any you add'}
          ; nothing is copied or moved.
        </p>
        <ul className={classes['folders']}>
          {folders.map(({ path, found, note }) => (
            <li key={path}>
              <code>{path}</code>
              <span>{note ?? (found === 0 ? 'no GGUF files' : `${found} found`)}</span>
            </li>
          ))}
        </ul>
      </EmptyState>
    </div>
  );
}
