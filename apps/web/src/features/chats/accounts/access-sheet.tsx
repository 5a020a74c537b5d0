import type { Session } from "@pult/api/chats/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { Sheet, SheetBody } from "../../../ui/modal.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { Shares } from "./shares.tsx";

/** Where the account is signed in, as Telegram says. */
function Devices({ accountId }: { accountId: string }) {
  const t = useTranslations("chats.access");
  const time = useTimeText();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const failureText = useFailureText();
  const devices = useQuery(trpc.chats.accounts.devices.queryOptions({ accountId }, { staleTime: 0, retry: false }));
  const end = useMutation(
    trpc.chats.accounts.terminateDevice.mutationOptions({
      onSettled: () => readAgain(queryClient, trpc.chats.accounts.devices.queryKey({ accountId })),
      onError: failed(t("endFailed")),
    }),
  );
  return (
    <section>
      <h3 className="font-semibold text-13">{t("devices")}</h3>
      <p className="mt-0.5 mb-2 text-12 text-muted">{t("devicesHint")}</p>
      {devices.isError ? <Banner tone="danger">{failureText(toFailure(devices.error))}</Banner> : null}
      {devices.isPending ? <Skeleton className="h-24" /> : null}
      <ul className="divide-y divide-line border-line border-y empty:hidden">
        {devices.data?.items.map(({ id, device, platform, ip, activeAt, isCurrent }) => (
          <li key={id} className="flex min-h-12 items-center gap-3 py-1.5">
            <span className="min-w-0 flex-1">
              <span className="flex items-center gap-2">
                <span className="truncate font-medium">{device}</span>
                {isCurrent ? <Chip>{t("current")}</Chip> : null}
              </span>
              <span className="num block truncate text-12 text-muted">
                {[platform, ip, time.short(activeAt)].filter(Boolean).join(" · ")}
              </span>
            </span>
            {isCurrent ? null : (
              <Button size="sm" onClick={() => end.mutate({ accountId, deviceId: id })}>
                {t("end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who of the team sees an account, and which devices are signed in to it. */
export function AccessSheet({ account, onClose }: { account: Session; onClose: () => void }) {
  const t = useTranslations("chats.access");
  return (
    <Sheet title={t("sheet")} onClose={onClose}>
      <SheetBody>
        <Shares accountId={account.id} />
        {account.status === "AUTHORIZED" ? <Devices accountId={account.id} /> : null}
      </SheetBody>
    </Sheet>
  );
}
