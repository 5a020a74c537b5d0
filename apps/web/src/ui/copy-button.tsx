"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonLook } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { IconButton } from "./icon-button.tsx";

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

type CopyProps = { text: string; label: string; copiedLabel: string };

export function CopyIconButton({ text, label, copiedLabel }: CopyProps) {
  const { isCopied, copy } = useCopy(text);
  return <IconButton icon={isCopied ? Check : Copy} label={isCopied ? copiedLabel : label} onClick={copy} />;
}

export function CopyButton({ text, label, copiedLabel, ...look }: CopyProps & ButtonLook) {
  const { isCopied, copy } = useCopy(text);
  return (
    <Button {...look} onClick={copy}>
      <Icon of={isCopied ? Check : Copy} />
      <span aria-live="polite">{isCopied ? copiedLabel : label}</span>
    </Button>
  );
}
