import { accuracySection, agreementSection, alarmSection, correctedSection } from './accuracy-sections.ts';
import { cardSection } from './card-section.ts';
import type { ReportContent } from './content.ts';
import { htmlPage, paragraph, section } from './html.ts';
import { methodsParagraph } from './methods.ts';
import { count, moment } from './numbers.ts';
import { provenanceSection } from './provenance-section.ts';
import { escape } from './svg.ts';
import { tokenSection, uncertaintySection } from './uncertainty-sections.ts';

/** The whole report as one HTML text: no script, nothing fetched, every value escaped. */
export function reportHtml(content: ReportContent): string {
  const { analysis, alarms } = content;
  const { scope } = analysis;
  const title = `${scope.runName} on ${scope.datasetName}`;
  const lead = `Run ${scope.options.runId}: ${count(scope.answers)} answers to ${count(scope.questions)} questions by ${scope.systems.join(', ') || 'nobody'}. Written ${moment(content.at)}.`;
  const body = [
    `<header><h1>${escape(title)}</h1><p class="lead">${escape(lead)}</p></header>`,
    alarmSection(alarms),
    accuracySection(analysis),
    correctedSection(analysis),
    cardSection(content.card),
    agreementSection(analysis),
    uncertaintySection(content.uncertainty, content.detail),
    tokenSection(content.tokens),
    section('methods', 'Methods', paragraph(methodsParagraph(content))),
    provenanceSection(content),
  ];
  return htmlPage(title, body.filter((part) => part !== '').join('\n'));
}
