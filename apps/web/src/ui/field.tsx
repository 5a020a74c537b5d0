import { CircleAlert, Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon-button.tsx";

/** A password that can be looked at while it is typed. */
export function PasswordInput({ className, ...props }: Omit<ComponentProps<typeof Input>, "type" | "inputSize">) {
  const t = useTranslations("signIn");
  const [isShown, setShown] = useState(false);
  return (
    <span className="relative block">
      <Input {...props} type={isShown ? "text" : "password"} inputSize="lg" className={cx("pr-11", className)} />
      <IconButton
        icon={isShown ? EyeOff : Eye}
        label={t(isShown ? "hidePassword" : "showPassword")}
        onClick={() => setShown(!isShown)}
        className="absolute top-1 right-1 max-md:-top-0.5"
      />
    </span>
  );
}

const SIZES = { md: "h-8 text-13", lg: "h-9 text-14", touch: "h-11 text-16" } as const;

/** Below 960 px the type is 16 px, or iOS zooms into the field. */
export function inputClass(size: keyof typeof SIZES = "md"): string {
  return cx(
    "w-full min-w-0 rounded-2 border border-control bg-surface px-2.5 text-fg max-md:text-16",
    "focus:border-focus focus:outline-2 focus:-outline-offset-1 focus:outline-focus",
    "aria-invalid:border-danger disabled:border-line disabled:bg-surface-3 disabled:text-disabled",
    SIZES[size],
  );
}

export function Input({
  inputSize,
  className,
  ...props
}: ComponentProps<"input"> & { inputSize?: keyof typeof SIZES }) {
  return <input {...props} className={cx(inputClass(inputSize), className)} />;
}

type FieldControl = { id: string; "aria-invalid"?: true; "aria-describedby"?: string };

/** A label above, the control, and beneath it the error, tied to the control. */
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
