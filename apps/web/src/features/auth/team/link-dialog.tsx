import type { MadeLink } from "@pult/api/auth/team/schema.ts";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { SecretField } from "../../../ui/copy-button.tsx";
import { Dialog } from "../../../ui/modal.tsx";

export function LinkField({ link }: { link: MadeLink }) {
  const t = useTranslations();
  const time = useTimeText();
  return (
    <SecretField
      label={t("team.link")}
      value={link.url}
      hint={t("team.linkUntil", { time: time.moment(link.expiresAt) })}
    />
  );
}

type LinkDialogProps = { title: string; text: string; link: MadeLink; onClose: () => void };

/** A link to pass on. It is shown once and cannot be looked up again. */
export function LinkDialog({ title, text, link, onClose }: LinkDialogProps) {
  const t = useTranslations();
  return (
    <Dialog onClose={onClose} title={title}>
      <div className="flex flex-col gap-4 px-6 pt-4 pb-4">
        <p className="text-fg-2">{text}</p>
        <LinkField link={link} />
        <div className="flex justify-end">
          <Button variant="primary" onClick={onClose}>
            {t("common.done")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
