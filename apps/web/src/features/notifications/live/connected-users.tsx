import type { MiniAppUser } from "@pult/api/notifications/toasts/schema.ts";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";

const UsersSheet = lazyModule(() => import("./users-sheet.tsx")).part((module) => module.UsersSheet);

const SHOWN = 3;

const nameOfUser = ({ name, username, externalId }: MiniAppUser): string =>
  name ?? (username === null ? externalId : `@${username}`);

/** How often at most: on a busy day users come and leave at every moment. */
const READ_MS = 5_000;

/** Reads again who is connected when users come or leave. */
function usePresenceLog(): void {
  const client = useTRPCClient();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The page begins with reading it.
    let readAt = Date.now();
    const read = () => {
      timer = undefined;
      readAt = Date.now();
      void queryClient.invalidateQueries(trpc.notifications.presence.pathFilter());
    };
    const { unsubscribe } = client.notifications.onPresence.subscribe(undefined, {
      onData() {
        timer ??= setTimeout(read, Math.max(0, readAt + READ_MS - Date.now()));
      },
      onError: () => {},
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, trpc, queryClient]);
}

/** Users of the Mini App who are connected; all of them by a click. */
export function ConnectedUsers() {
  const t = useTranslations("live.presence");
  const format = useFormatter();
  const trpc = useTRPC();
  usePresenceLog();
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery(
    trpc.notifications.presence.list.queryOptions(
      { state: "online", limit: SHOWN },
      { placeholderData: keepPreviousData },
    ),
  );
  const { online = 0, users = [] } = data ?? {};
  const rest = online - users.length;
  return (
    <>
      {online > 0 ? (
        <span className="flex items-center gap-2 text-12 text-muted max-md:hidden">
          {t("connected")}
          <span className="flex" title={users.map(nameOfUser).join(", ")}>
            {users.map((user) => (
              <Avatar
                key={`${user.namespace}:${user.externalId}`}
                name={nameOfUser(user)}
                size={24}
                className="-ml-1 ring-2 ring-surface first:ml-0"
              />
            ))}
            {rest > 0 ? (
              <span className="num -ml-1 grid h-6 place-items-center rounded-full bg-surface-4 px-1.5 font-semibold text-11 text-fg-2 ring-2 ring-surface">
                +{format.number(rest)}
              </span>
            ) : null}
          </span>
        </span>
      ) : null}
      <Button onClick={() => setOpen(true)} className="max-md:h-10">
        <Icon of={Users} />
        <span className="max-md:sr-only">{t("all")}</span>
      </Button>
      {isOpen ? <UsersSheet nameOf={nameOfUser} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
