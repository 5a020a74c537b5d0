"use client";

import { useId } from "react";
import { CopyButton } from "./copy-button.tsx";

type SecretFieldProps = { label: string; value: string; hint?: string; copyLabel: string; copiedLabel: string };

/** Something to take away: selected as a whole by one press, copied by another. */
export function SecretField({ label, value, hint, copyLabel, copiedLabel }: SecretFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium text-12 text-fg-2">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          readOnly
          value={value}
          spellCheck={false}
          onFocus={(event) => event.currentTarget.select()}
          className="h-8 min-w-0 flex-1 rounded-2 border border-line-2 bg-surface-3 px-2.5 font-mono text-12 text-fg focus:outline-2 focus:-outline-offset-1 focus:outline-focus"
        />
        <CopyButton text={value} label={copyLabel} copiedLabel={copiedLabel} />
      </div>
      {hint ? <p className="mt-1.5 text-12 text-muted">{hint}</p> : null}
    </div>
  );
}
