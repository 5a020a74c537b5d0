import { Send } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { MessageField, type MessageFieldProps } from "./message-field.tsx";

export const toolClass = "grid size-(--tool) shrink-0 place-items-center rounded-full";
export const toolIconClass = "size-[calc(var(--tool)*5/9)]";

type PhoneComposerProps = Omit<MessageFieldProps, "value" | "isInvalid"> & {
  text: string;
  /** The button's name, when it does not send something new. */
  sendLabel?: string | undefined;
  canSend: boolean;
  attach: ReactNode;
  /** Above the field: what is answered, chosen photos, what is wrong. */
  children?: ReactNode;
  /** The size of its text, and `--tool`: the size of its tools. */
  className: string;
};

/** Where a message is written on a phone: one line of tools around a field that grows. */
export function PhoneComposer({ field, label, text, sendLabel, canSend, onSend, ...props }: PhoneComposerProps) {
  const t = useTranslations("message");
  const submit = () => {
    field.current?.focus();
    if (canSend) onSend();
  };
  return (
    <form
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className={cx("shrink-0 border-line border-t", props.className)}
    >
      {props.children}
      <div className="mx-auto flex w-full max-w-[720px] items-end gap-1 px-2 py-[calc((52px-var(--tool))/2)]">
        {props.attach}
        <MessageField
          field={field}
          value={text}
          label={props.placeholder}
          placeholder={props.placeholder}
          onWrite={props.onWrite}
          onSend={submit}
          onFiles={props.onFiles}
          onEscape={props.onEscape}
          onLeave={props.onLeave}
          className="max-h-[154px] min-h-(--tool) min-w-0 flex-1 rounded-[calc(var(--tool)/2)] border border-control bg-surface px-4 py-[calc((var(--tool)-2px-1lh)/2)] placeholder:truncate focus:border-focus focus:outline-2 focus:outline-focus focus:-outline-offset-1"
        />
        <button
          type="submit"
          aria-label={canSend ? (sendLabel ?? t("send")) : t("sendNothing")}
          aria-disabled={!canSend}
          className={cx(toolClass, canSend ? "text-accent-text hover:bg-surface-3" : "text-muted")}
        >
          <Icon of={Send} className={toolIconClass} />
        </button>
      </div>
    </form>
  );
}
