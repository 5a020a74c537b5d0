/** How tables of others name what belongs to support. */
export const messageSubject = (id: number): string => `support.message:${id}`;
export const conversationSubject = (id: number): string => `support.conversation:${id}`;

/** @returns null for another subject */
export const messageIdOf = (subject: string): number | null => idOf(subject, "support.message:");
export const conversationIdOf = (subject: string): number | null => idOf(subject, "support.conversation:");

function idOf(subject: string, prefix: string): number | null {
  return subject.startsWith(prefix) ? Number(subject.slice(prefix.length)) : null;
}
