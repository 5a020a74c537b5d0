"use client";

import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Icon } from "./icon.tsx";

type FieldControl = { id: string; "aria-invalid"?: true; "aria-describedby"?: string };

/** A label above, the control, and beneath it what is wrong, in words and tied to the control. */
export function Field(props: {
  label: string;
  error?: string;
  hint?: string;
  /** The label is only read aloud: what stands above says it already. */
  bare?: boolean;
  /** At the end of the label's line: a way out. */
  aside?: ReactNode;
  children: (control: FieldControl) => ReactNode;
}) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = Boolean(props.error ?? props.hint);
  return (
    <div>
      <div className={props.bare ? "sr-only" : "mb-1.5 flex items-baseline justify-between gap-2"}>
        <label htmlFor={id} className="font-medium text-12 text-fg-2">
          {props.label}
        </label>
        {props.aside}
      </div>
      {props.children({
        id,
        "aria-invalid": props.error ? true : undefined,
        "aria-describedby": hasNote ? noteId : undefined,
      })}
      <p id={noteId} aria-live="polite" className={hasNote ? "mt-1.5 flex gap-1 text-12" : ""}>
        {props.error ? (
          <span className="flex gap-1 text-danger">
            <Icon of={CircleAlert} size={14} className="mt-px" />
            {props.error}
          </span>
        ) : (
          <span className="text-muted">{props.hint}</span>
        )}
      </p>
    </div>
  );
}
