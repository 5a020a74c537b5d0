import { splitLinks } from "./customer-links.ts";

/** A message's words as they were written, with its addresses as links. */
export function CustomerText({ text }: { text: string }) {
  return (
    <span className="whitespace-pre-wrap">
      {splitLinks(text).map((part) =>
        part.href ? (
          <a
            key={part.at}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer"
            className="text-accent-text underline underline-offset-2"
          >
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </span>
  );
}
