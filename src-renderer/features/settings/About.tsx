import { Button } from '@mantine/core';
import { FolderOpen } from 'lucide-react';
import type { AppInfo } from '../../../src-main/domain/app.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts } from '../../components/Facts.tsx';
import { capabilities } from '../../queries/client.ts';
import { reveal } from '../../queries/files.ts';

const DOORS: Readonly<Record<AppInfo['door'], string>> = {
  desktop: 'desktop application',
  serve: 'assize serve, on this machine’s loopback address',
  cli: 'command line',
};

/** Version, door, and where the data lies. */
export function About({ about }: { readonly about: AppInfo }) {
  return (
    <>
      <Facts
        facts={[
          { name: 'Assize', value: `version ${about.version}, ${DOORS[about.door]}` },
          { name: 'Data directory', value: <PathText path={about.dataDir} what="data directory" /> },
          { name: 'Database', value: <PathText path={about.databasePath} what="database’s path" /> },
          { name: 'Node', value: about.node },
          { name: 'Default model', value: about.defaultModelPresent ? 'on disk' : 'not downloaded' },
        ]}
      />
      <p className="az-dim">
        The data directory is chosen at the start: <code>--data-dir</code>, else <code>ASSIZE_DATA_DIR</code>,
        else the system’s place for it. Nothing leaves this machine unless you start a download or choose a
        model behind an address.
      </p>
    </>
  );
}

function PathText({ path, what }: { readonly path: string; readonly what: string }) {
  return (
    <>
      <code>{path}</code> <CopyButton value={path} label={`Copy the ${what}`} />
      {capabilities.localPaths ? (
        <Button
          variant="subtle"
          leftSection={<FolderOpen size={14} aria-hidden />}
          onClick={() => void reveal(path)}
        >
          Show
        </Button>
      ) : null}
    </>
  );
}
