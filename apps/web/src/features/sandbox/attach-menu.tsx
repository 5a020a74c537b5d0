"use client";

import { FolderOpen, Image as ImageIcon, Images, Paperclip } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { Icon } from "../../ui/icon.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { type DemoPhoto, demoPhoto } from "./demo-photos.ts";
import { useAttempt } from "./sandbox-context.tsx";

/** Photos to send: drawn for the occasion, or from this computer. */
export function AttachMenu({ onAdd }: { onAdd: (files: readonly File[]) => void }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  const attach = (...names: DemoPhoto[]) => attempt(async () => onAdd(await Promise.all(names.map(demoPhoto))));
  return (
    <>
      <Menu
        align="start"
        side="top"
        trigger={
          <button
            type="button"
            aria-label={t("attach")}
            className="grid size-9 shrink-0 place-items-center rounded-full text-fg-2 hover:bg-surface-3 max-md:size-11"
          >
            <Icon of={Paperclip} size={20} />
          </button>
        }
      >
        <MenuItem icon={ImageIcon} onSelect={() => attach("box")}>
          {t("demoBox")}
        </MenuItem>
        <MenuItem icon={ImageIcon} onSelect={() => attach("label")}>
          {t("demoLabel")}
        </MenuItem>
        <MenuItem icon={Images} onSelect={() => attach("box", "label")}>
          {t("demoBoth")}
        </MenuItem>
        <MenuItem icon={FolderOpen} onSelect={() => input.current?.click()}>
          {t("fromComputer")}
        </MenuItem>
      </Menu>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label={t("fromComputer")}
        onChange={({ currentTarget }) => {
          onAdd([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}
