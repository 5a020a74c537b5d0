import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useId, useState } from "react";
import { Button, type ButtonLook } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon-button.tsx";

type SecretFieldProps = { label: string; value: string; hint?: string };

/** Something to take away: selected as a whole by one press, copied by another. */
export function SecretField({ label, value, hint }: SecretFieldProps) {
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
        <CopyButton text={value} />
      </div>
      {hint ? <p className="mt-1.5 text-12 text-muted">{hint}</p> : null}
    </div>
  );
}

const SAID_MS = 2_000;

/** Over plain http there is no clipboard to write to; a selected field is then the old way. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  // Inside an open dialog, or its focus trap takes the focus away again.
  (document.activeElement?.closest('[role="dialog"]') ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

function useCopy(text: string) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return { isCopied, copy: async () => setCopied(await copyText(text)) };
}

export function CopyIconButton({ text, label }: { text: string; label: string }) {
  const t = useTranslations("common");
  const { isCopied, copy } = useCopy(text);
  return <IconButton icon={isCopied ? Check : Copy} label={isCopied ? t("copied") : label} onClick={copy} />;
}

/** @param label says what is copied, where it is not plain; `look` as of a button */
export function CopyButton({ text, label, ...look }: { text: string; label?: string } & ButtonLook) {
  const t = useTranslations("common");
  const { isCopied, copy } = useCopy(text);
  return (
    <Button {...look} onClick={copy}>
      <Icon of={isCopied ? Check : Copy} />
      <span aria-live="polite">{isCopied ? t("copied") : (label ?? t("copy"))}</span>
    </Button>
  );
}
