export type Mentionable = { id: string; name: string };

/** What is typed after an `@` before the caret; null while no name is being written. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | null {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("@");
  if (start < 0 || (start > 0 && !/[\s(]/.test(before.charAt(start - 1)))) return null;
  const query = before.slice(start + 1);
  return query.length > 60 || /^\s|\n/.test(query) ? null : { start, query };
}

/** Agents by the beginning of any word of their name. */
export function matchAgents<Agent extends Mentionable>(agents: readonly Agent[], query: string): Agent[] {
  const wanted = query.toLocaleLowerCase();
  return agents.filter(({ name }) => {
    const words = name.toLocaleLowerCase();
    return words.startsWith(wanted) || words.split(/\s+/).some((word) => word.startsWith(wanted));
  });
}

export type MentionPart<Agent> = { at: number; text: string; agent: Agent | null };

/** A text with the mentions of these agents in it; of two names that fit the longer one. */
export function splitMentions<Agent extends Mentionable>(text: string, agents: readonly Agent[]): MentionPart<Agent>[] {
  const longestFirst = agents.toSorted((a, b) => b.name.length - a.name.length);
  const parts: MentionPart<Agent>[] = [];
  let end = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", Math.max(at + 1, end))) {
    const agent = longestFirst.find(({ name }) => isMention(text, at, name));
    if (!agent) continue;
    if (at > end) parts.push({ at: end, text: text.slice(end, at), agent: null });
    end = at + 1 + agent.name.length;
    parts.push({ at, text: text.slice(at, end), agent });
  }
  if (end < text.length) parts.push({ at: end, text: text.slice(end), agent: null });
  return parts;
}

/** `@Anna` is not in `@Annabel`, nor in `mail@Anna`. */
function isMention(text: string, at: number, name: string): boolean {
  const after = text.charAt(at + 1 + name.length);
  const before = at === 0 ? "" : text.charAt(at - 1);
  return text.startsWith(name, at + 1) && !/[\p{L}\p{N}_]/u.test(after) && !/[\p{L}\p{N}_]/u.test(before);
}

/** Ids of the agents that a text mentions, each once. */
export const mentionedIds = (text: string, agents: readonly Mentionable[]): string[] => [
  ...new Set(splitMentions(text, agents).flatMap(({ agent }) => (agent ? [agent.id] : []))),
];
