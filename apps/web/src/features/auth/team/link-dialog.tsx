"use client";

import type { MadeLink } from "@pult/api/auth/team/schema.ts";
import { useTranslations } from "next-intl";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { LinkField } from "./link-field.tsx";

type LinkDialogProps = { title: string; text: string; link: MadeLink; onClose: () => void };

/** A link to hand on. It is shown this once: nobody can look it up again. */
export function LinkDialog({ title, text, link, onClose }: LinkDialogProps) {
  const t = useTranslations();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} closeLabel={t("common.close")}>
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
