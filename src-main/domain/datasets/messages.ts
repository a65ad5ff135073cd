import { filledText, isRecord, textOf } from './fields.ts';

/**
 * The text of a chat message or of a message's content: a text, or the text parts of a list of parts one after
 * another (reasoning, tool and image parts left out).
 */
export function messageText(message: unknown): string {
  const content = isRecord(message) && 'content' in message ? message['content'] : message;
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) {
    const parts = content.map((part) => {
      if (typeof part === 'string') return part;
      const plain = isRecord(part) && (part['type'] === undefined || part['type'] === 'text');
      return plain ? textOf(part['text']) : '';
    });
    return parts.filter((part) => part !== '').join('\n');
  }
  return isRecord(content) ? textOf(content['text'] ?? content['value']) : textOf(content);
}

/** A list of chat messages as one text, each turn after its role: what a prompt is kept as. */
export function transcript(messages: readonly unknown[]): string | null {
  const turns = messages.map((message) => {
    const role = isRecord(message) ? textOf(message['role'] ?? message['from']) : '';
    return role === '' ? messageText(message) : `${role}: ${messageText(message)}`;
  });
  return filledText(turns.join('\n\n'));
}
