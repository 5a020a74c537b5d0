import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
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
