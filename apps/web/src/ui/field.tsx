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
  children: (control: FieldControl) => ReactNode;
}) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = Boolean(props.error ?? props.hint);
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium text-12 text-fg-2">
        {props.label}
      </label>
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
