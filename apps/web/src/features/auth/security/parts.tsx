import { Check, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { showToast } from "../../../ui/toast-manager.ts";

export const showSaved = (title: string): void => showToast({ icon: Check, title });

type WayRowProps = { icon: LucideIcon; title: string; hint: ReactNode; children?: ReactNode };

/** One way to sign in: what it is, how it stands, and what can be done with it. */
export function WayRow({ icon, title, hint, children }: WayRowProps) {
  return (
    <div className="grid min-h-12 grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-x-3 py-1.5">
      <span className="grid size-7 place-items-center rounded-2 bg-surface-3 text-fg-2">
        <Icon of={icon} />
      </span>
      <span className="min-w-0">
        <span className="block font-medium">{title}</span>
        <span className="block text-12 text-muted">{hint}</span>
      </span>
      <span className="flex flex-wrap items-center justify-end gap-2">{children}</span>
    </div>
  );
}

/** What opens under a row instead of a dialog. */
export function WayPanel({ children }: { children: ReactNode }) {
  return <div className="mt-1 mb-3 rounded-3 border border-line bg-surface-2 p-4">{children}</div>;
}

type PanelFormProps<Fields extends FieldValues> = {
  form: UseFormReturn<Fields>;
  /** The call that the form ends in; none is made while one is under way. */
  call: { isPending: boolean; mutate: (fields: Fields) => void };
  submitLabel: string;
  isDanger?: boolean;
  onClose: () => void;
  children: ReactNode;
};

/** A form in such a panel, with the two ways out of it. */
export function PanelForm<Fields extends FieldValues>({ form, call, onClose, ...props }: PanelFormProps<Fields>) {
  const t = useTranslations("common");
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((fields) => {
        if (!call.isPending) call.mutate(fields);
      })}
    >
      {props.children}
      <div className="flex gap-2">
        <Button type="submit" variant={props.isDanger ? "danger" : "primary"} aria-disabled={call.isPending}>
          {props.submitLabel}
        </Button>
        <Button onClick={onClose}>{t("cancel")}</Button>
      </div>
    </form>
  );
}
