import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { readAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet, SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";

type PlainFormProps = {
  title: string;
  /** The call that the form ends in. */
  call: { error: unknown; isPending: boolean };
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
};

/** A sheet with a form: why it was refused, its fields, and the two ways out. */
export function PlainForm({ title, call, onSubmit, onClose, children }: PlainFormProps) {
  const t = useTranslations("common");
  const refusal = useErrorText()(call.error);
  return (
    <Sheet title={title} onClose={onClose}>
      <form
        noValidate
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          if (!call.isPending) onSubmit();
        }}
      >
        {refusal ? (
          <Banner tone="danger" icon={CircleAlert}>
            {refusal}
          </Banner>
        ) : null}
        <SheetBody>{children}</SheetBody>
        <SheetFoot>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" aria-disabled={call.isPending}>
            {t("save")}
          </Button>
        </SheetFoot>
      </form>
    </Sheet>
  );
}

type FirstFieldProps = {
  label: string;
  hint?: string;
  /** Null while there is nothing to say. */
  error: string | null;
  value: string;
  maxLength: number;
  onChange: (value: string) => void;
};

/** A line of text with which a form begins. */
export function FirstField({ label, hint, error, value, maxLength, onChange }: FirstFieldProps) {
  return (
    <Field label={label} {...(hint ? { hint } : {})} {...(error ? { error } : {})}>
      {(control) => (
        <Input
          {...control}
          value={value}
          maxLength={maxLength}
          autoComplete="off"
          data-first-focus
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
          className="max-md:h-11"
        />
      )}
    </Field>
  );
}

type NameFieldProps = { value: string; isTried: boolean; maxLength?: number; onChange: (name: string) => void };

/** What the thing is called; asked for once the form was sent without. */
export function NameField({ value, isTried, maxLength = 60, onChange }: NameFieldProps) {
  const t = useTranslations("contacts.setup");
  const error = isTried && value.trim() === "" ? t("nameMissing") : null;
  return <FirstField label={t("name")} error={error} value={value} maxLength={maxLength} onChange={onChange} />;
}

type Saving = { reads: readonly string[]; onClose: () => void };

/** The call that a form ends in: then what it changed is read again, and the form closes. */
export function useSave(save: () => Promise<unknown>, { reads, onClose }: Saving) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: save,
    onSuccess() {
      void readAgain(queryClient, reads);
      onClose();
    },
  });
}
