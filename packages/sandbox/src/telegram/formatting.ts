import { badRequest } from "./bot-api-error.ts";
import { parseHtml } from "./formatting-html.ts";
import { parseMarkdown, parseMarkdownV2 } from "./formatting-markdown.ts";
import type { RichText } from "./rich-text.ts";

/** @throws BotApiError 400 "can't parse entities: …" */
export function parseFormatted(source: string, mode: string): RichText {
  switch (mode.toLowerCase()) {
    case "html":
      return parseHtml(source);
    case "markdownv2":
      return parseMarkdownV2(source);
    case "markdown":
      return parseMarkdown(source);
    default:
      throw badRequest("unsupported parse_mode");
  }
}
