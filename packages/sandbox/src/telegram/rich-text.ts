import type { BotApiError } from "./bot-api-error.ts";
import { badRequest } from "./bot-api-error.ts";
import type { MessageEntity } from "./state.ts";

/** Text with its formatting beside it. Offsets count UTF-16 code units. */
export interface RichText {
  text: string;
  entities: MessageEntity[];
}

/** An entity that has begun and not ended. */
export interface OpenEntity {
  type: string;
  /** Tag or marker as written. */
  mark: string;
  textOffset: number;
  sourceOffset: number;
  details?: Record<string, unknown>;
}

/** Collects text and entities while a parser reads its source. */
export class RichTextBuilder {
  text = "";
  readonly open: OpenEntity[] = [];
  readonly #entities: MessageEntity[] = [];
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  begin(entity: Omit<OpenEntity, "textOffset">): void {
    this.open.push({ ...entity, textOffset: this.text.length });
  }

  /** Ends the innermost entity; an empty one leaves no trace. */
  end(details: Record<string, unknown> = {}): void {
    const entity = this.open.pop();
    if (entity === undefined) return;
    const length = this.text.length - entity.textOffset;
    if (length === 0) return;
    this.#entities.push({ type: entity.type, offset: entity.textOffset, length, ...entity.details, ...details });
  }

  finish(): RichText {
    return {
      text: this.text,
      entities: this.#entities.sort((a, b) => a.offset - b.offset || b.length - a.length),
    };
  }

  error(reason: string): BotApiError {
    return badRequest(`can't parse entities: ${reason}`);
  }

  /** Telegram counts places in its error messages in UTF-8 bytes. */
  byteOffset(sourceOffset: number): number {
    return Buffer.byteLength(this.#source.slice(0, sourceOffset));
  }
}

/** Telegram cuts white space at both ends and moves the entities along. */
export function trimmed({ text, entities }: RichText): RichText {
  const start = text.length - text.trimStart().length;
  const body = text.trim();
  const kept = entities.flatMap((entity) => {
    const from = Math.max(entity.offset - start, 0);
    const to = Math.min(entity.offset - start + entity.length, body.length);
    return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
  });
  return { text: body, entities: kept };
}
