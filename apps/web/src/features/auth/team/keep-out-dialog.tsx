"use client";

import { useTranslations } from "next-intl";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";

type KeepOutProps = { name: string; isBusy: boolean; onClose: () => void; onConfirm: () => void };

/** Letting him in again brings none of it back, so it is asked about. */
export function KeepOutDialog({ name, ...rest }: KeepOutProps) {
  const t = useTranslations();
  return (
    <ConfirmDialog
      {...rest}
      isDanger
      title={t("team.disableTitle", { name })}
      text={
        <>
          <p>{t("team.disableEnds")}</p>
          <ul className="my-2 list-disc space-y-1 pl-5">
            <li>{t("team.disableSessions")}</li>
            <li>{t("team.disableLinks")}</li>
            <li>{t("team.disableKeys")}</li>
          </ul>
          <p>{t("team.disableAfter")}</p>
        </>
      }
      action={t("team.disable")}
      cancelLabel={t("common.cancel")}
    />
  );
}
