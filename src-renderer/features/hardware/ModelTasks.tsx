import { TaskLine } from '../../components/TaskLine.tsx';
import { useTaskList } from '../../queries/tasks.ts';
import classes from './Devices.module.css';

/** Downloads and the search for models that this page has started. */
export function ModelTasks() {
  const downloads = useTaskList('download:');
  const scans = useTaskList('rescan');
  const shown = [...downloads, ...scans].filter(({ status }) => status !== 'done');
  if (shown.length === 0) return null;
  return (
    <div className={classes['band']}>
      {shown.map(({ id }) => (
        <TaskLine
          key={id}
          id={id}
          unit={id === 'rescan' ? 'count' : 'bytes'}
          failed={id === 'rescan' ? 'Not every folder could be looked at.' : 'The model was not downloaded.'}
          cancelled={
            id === 'rescan'
              ? 'Models found so far are in the list.'
              : 'What was fetched is kept: the next download goes on from there.'
          }
        />
      ))}
    </div>
  );
}
