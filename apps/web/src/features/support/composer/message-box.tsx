"use client";

import { type ClipboardEvent, type KeyboardEvent, type Ref, useLayoutEffect, useRef } from "react";

type MessageBoxProps = {
  label: string;
  placeholder: string;
  value: string;
  isInvalid: boolean;
  ref: Ref<HTMLTextAreaElement>;
  onChange: (value: string) => void;
  onSend: () => void;
  onFiles: (files: File[]) => void;
  onBlur: () => void;
};

const MAX_HEIGHT_PX = 220;

/** Fingers have no Shift to hold: there Enter is a new line, and sending is the button's. */
const sendsOnEnter = () => !matchMedia("(pointer: coarse)").matches;

/** Grows with its text. Enter sends, Shift and Enter is a new line, Command or Control and Enter always sends. */
export function MessageBox(props: MessageBoxProps) {
  const { value, onSend, onFiles } = props;
  const frame = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its text is what it grows with
  useLayoutEffect(() => {
    const box = frame.current?.querySelector("textarea");
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [value]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") event.currentTarget.blur();
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    const isForced = event.metaKey || event.ctrlKey;
    if (!isForced && (event.shiftKey || !sendsOnEnter())) return;
    event.preventDefault();
    onSend();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    <div ref={frame}>
      <textarea
        ref={props.ref}
        rows={1}
        dir="auto"
        value={value}
        aria-label={props.label}
        placeholder={props.placeholder}
        aria-invalid={props.isInvalid || undefined}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={props.onBlur}
        className="scroll-pane block max-h-[220px] min-h-10 w-full resize-none bg-transparent px-3 pt-2.5 pb-1.5 text-14 text-fg outline-none max-md:text-16"
      />
    </div>
  );
}
