/** Three dots; the word "typing" stands beside them. */
export function TypingDots() {
  return (
    <span aria-hidden className="inline-flex shrink-0 items-center gap-[3px]">
      {[0, 160, 320].map((delayMs) => (
        <i
          key={delayMs}
          className="typing-dot size-1 rounded-full bg-current"
          style={{ animationDelay: `${delayMs}ms` }}
        />
      ))}
    </span>
  );
}
