import { type ClipboardEvent, type ComponentProps, type KeyboardEvent, type RefObject, useLayoutEffect } from "react";
import { cx } from "../../ui/cx.ts";

/** Fingers have no Shift to hold: there Enter is a new line, and sending is the button's. */
const sendsOnEnter = () => !matchMedia("(pointer: coarse)").matches;

export type MessageFieldProps = {
  field: RefObject<HTMLTextAreaElement | null>;
  value: string;
  label: string;
  placeholder: string;
  isInvalid?: boolean;
  onWrite: (text: string) => void;
  onSend: () => void;
  /** What a list beside the field does with a key; with its default prevented, the field does nothing. */
  onKey?: ((event: KeyboardEvent) => void) | undefined;
  onFiles: (files: File[]) => void;
  onEscape?: (() => void) | undefined;
  onLeave?: (() => void) | undefined;
  /** Its look, and the most that it is high. */
  className: string;
};

/** Grows with its text. Enter sends, Shift and Enter is a new line, Command or Control and Enter always sends. */
export function MessageField({ field, value, onSend, onFiles, ...props }: MessageFieldProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: its text is what it grows with
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  }, [value, field]);
  const onKeyDown = (event: KeyboardEvent) => {
    props.onKey?.(event);
    if (event.defaultPrevented) return;
    if (event.key === "Escape") props.onEscape?.();
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
    <textarea
      ref={field}
      rows={1}
      dir="auto"
      value={value}
      aria-label={props.label}
      placeholder={props.placeholder}
      aria-invalid={props.isInvalid || undefined}
      onChange={({ currentTarget }) => props.onWrite(currentTarget.value)}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onBlur={props.onLeave}
      className={cx("scroll-pane resize-none text-fg", props.className)}
    />
  );
}

type FileInputProps = Omit<ComponentProps<"input">, "type" | "onChange"> & { onChoose: (files: File[]) => void };

/** Opens the device's own way to choose files. */
export function FileInput({ onChoose, ...props }: FileInputProps) {
  return (
    <input
      {...props}
      type="file"
      multiple
      onChange={({ currentTarget }) => {
        onChoose([...(currentTarget.files ?? [])]);
        // The same file again is a change too.
        currentTarget.value = "";
      }}
    />
  );
}

/** The same for photos. */
export const PhotoInput = (props: FileInputProps) => (
  <FileInput accept="image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,.heic,.heif" {...props} />
);
