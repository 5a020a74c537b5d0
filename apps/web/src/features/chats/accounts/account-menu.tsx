import type { Session } from "@pult/api/chats/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BookUser, Ellipsis, FileJson, Play, Star, Unlink, UsersRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { accountName } from "./health.tsx";
import { ACCOUNTS_KEY } from "./use-accounts.ts";

const ContactsSheet = lazyModule(() => import("./contacts-sheet.tsx")).part((module) => module.ContactsSheet);
const AccessSheet = lazyModule(() => import("./access-sheet.tsx")).part((module) => module.AccessSheet);

type AccountMenuProps = { account: Session; onImport: () => void; onUnlinked: () => void };

/** What an owner does with a linked account. */
export function AccountMenu({ account, onImport, onUnlinked }: AccountMenuProps) {
  const t = useTranslations("chats.account");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const [isAsking, setAsking] = useState(false);
  const [sheet, setSheet] = useState<"access" | "contacts" | null>(null);
  const name = accountName(account);
  const onSuccess = () => readAgain(queryClient, ACCOUNTS_KEY);
  const setDefault = useMutation(
    trpc.chats.accounts.setDefault.mutationOptions({ onSuccess, onError: failed(t("defaultFailed")) }),
  );
  const resume = useMutation(
    trpc.chats.accounts.resume.mutationOptions({
      onSuccess: () => showToast({ icon: Play, title: t("resumed") }),
      onError: failed(t("resumeFailed")),
    }),
  );
  const unlink = useMutation(
    trpc.chats.accounts.unlink.mutationOptions({
      async onSuccess() {
        setAsking(false);
        onUnlinked();
        await onSuccess();
        showToast({ icon: Unlink, title: t("unlinked", { name }) });
      },
      onError: failed(t("unlinkFailed")),
    }),
  );
  const accountId = account.id;
  return (
    <>
      <Menu
        trigger={
          <button type="button" aria-label={t("menu", { name })} className={iconButtonClass()}>
            <Icon of={Ellipsis} className="max-md:size-5" />
          </button>
        }
      >
        {account.isDefault ? null : (
          <MenuItem icon={Star} onSelect={() => setDefault.mutate({ accountId })}>
            {t("makeDefault")}
          </MenuItem>
        )}
        <MenuItem icon={Play} onSelect={() => resume.mutate({ accountId })}>
          {t("resume")}
        </MenuItem>
        <MenuItem icon={UsersRound} onSelect={() => setSheet("access")}>
          {t("access")}
        </MenuItem>
        <MenuItem icon={BookUser} onSelect={() => setSheet("contacts")}>
          {t("contacts")}
        </MenuItem>
        <MenuItem icon={FileJson} onSelect={onImport}>
          {t("import")}
        </MenuItem>
        <MenuItem icon={Unlink} danger onSelect={() => setAsking(true)}>
          {t("unlink")}
        </MenuItem>
      </Menu>
      {sheet === "access" ? <AccessSheet account={account} onClose={() => setSheet(null)} /> : null}
      {sheet === "contacts" ? <ContactsSheet account={account} onClose={() => setSheet(null)} /> : null}
      {isAsking ? (
        <ConfirmDialog
          title={t("unlinkTitle", { name })}
          text={t("unlinkText")}
          action={t("unlink")}
          isDanger
          isBusy={unlink.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => unlink.mutate({ accountId })}
        />
      ) : null}
    </>
  );
}
