import type { MessageEntity } from "../../chats/schema.ts";

/** A text with variables: `{first_name}`, or `{first_name or "there"}` where it may be empty. */
export interface Template {
  text: string;
  entities: readonly MessageEntity[];
}

/** `{name` begins a variable whatever follows, so that a slip of the pen is refused instead of sent. */
const VARIABLE = /\{([a-z_][\w:-]*)(?:\}| or "([^"]*)"\}|(?= or ))/giu;

interface Found {
  name: string;
  fallback: string | null;
  start: number;
  end: number;
}

function* variablesIn(text: string): Generator<Found> {
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, name = "", fallback] = match;
    yield { name: name.toLowerCase(), fallback: fallback ?? null, start: match.index, end: match.index + whole.length };
  }
}

/** What is wrong with a text's variables, in words; null when nothing is. */
export function problemOfText(text: string, known: ReadonlySet<string>): string | null {
  for (const { name, start, end } of variablesIn(text)) {
    if (!text.slice(start, end).endsWith("}")) return `{${name}: write {${name} or "…"}`;
    if (!known.has(name)) return `Unknown variable: {${name}}`;
  }
  return null;
}

export interface Rendered {
  text: string;
  entities: MessageEntity[];
  /** Variables that are empty and have no fallback. */
  missing: string[];
}

/** Puts values in the place of variables; entities keep theirs, and cover the values of variables that they covered. */
export function renderTemplate(
  { text, entities }: Template,
  values: Readonly<Record<string, string | null>>,
): Rendered {
  const missing = new Set<string>();
  const places: { start: number; end: number; from: number; to: number }[] = [];
  let [rendered, at] = ["", 0];
  for (const { name, fallback, start, end } of variablesIn(text)) {
    const value = values[name]?.trim() || fallback;
    if (value === null) missing.add(name);
    rendered += text.slice(at, start);
    const from = rendered.length;
    rendered += value ?? "";
    places.push({ start, end, from, to: rendered.length });
    at = end;
  }
  rendered += text.slice(at);
  const moved = (offset: number, edge: "from" | "to"): number => {
    let shift = 0;
    for (const place of places) {
      if (offset <= place.start) break;
      if (offset < place.end) return place[edge];
      shift = place.to - place.end;
    }
    return offset + shift;
  };
  const kept = entities.flatMap((entity) => {
    const [offset, end] = [moved(entity.offset, "from"), moved(entity.offset + entity.length, "to")];
    return end > offset ? [{ ...entity, offset, length: end - offset }] : [];
  });
  return { text: rendered, entities: kept, missing: [...missing] };
}
