import { useQuery } from '@tanstack/react-query';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { SettingsTabs } from '../../components/SettingsTabs.tsx';
import { aboutQuery, settingsQuery } from '../../queries/settings.ts';
import { About } from './About.tsx';
import { ModelFolders } from './ModelFolders.tsx';
import { Preferences } from './Preferences.tsx';

/** What a user may set, and where everything lies. Every change is kept at once. */
export function SettingsPage() {
  const settings = useQuery(settingsQuery());
  const about = useQuery(aboutQuery());
  return (
    <Page
      head={
        <PageHead title="Settings" facts="every change is kept at once">
          <SettingsTabs />
        </PageHead>
      }
    >
      {settings.isError ? (
        <ErrorNote
          error={settings.error}
          what="The settings could not be read."
          onRetry={() => void settings.refetch()}
        />
      ) : null}
      <Section title="Model folders" note="looked through for GGUF files; nothing in them is changed">
        <ModelFolders own={settings.data?.modelFolders ?? []} />
      </Section>
      {settings.data === undefined ? null : <Preferences settings={settings.data} />}
      <Section title="About">
        {about.isError ? <ErrorNote error={about.error} /> : null}
        {about.data === undefined ? null : <About about={about.data} />}
      </Section>
    </Page>
  );
}
