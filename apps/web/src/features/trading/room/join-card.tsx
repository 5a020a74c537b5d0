import { useTranslations } from "next-intl";
import { useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { Button, type ButtonLook } from "../../../ui/button.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { ReadRoom } from "./use-room-store.ts";

/** Lets the reader in, and says why it did not. */
export function useJoin({ store }: Pick<ReadRoom, "store">) {
  const failureText = useFailureText();
  const [isJoining, setJoining] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const join = async () => {
    if (isJoining) return;
    setJoining(true);
    setRefusal(null);
    try {
      await store.join();
    } catch (error) {
      setRefusal(failureText(toFailure(error)));
    } finally {
      setJoining(false);
    }
  };
  return { isJoining, refusal, join };
}

/** In the place of the ticket for those who are not in the room. */
export function JoinCard({ store, room, size }: Pick<ReadRoom, "store" | "room"> & Pick<ButtonLook, "size">) {
  const t = useTranslations("rooms.join");
  const { isJoining, refusal, join } = useJoin({ store });
  const standing = room.me?.isRemoved ? "removed" : room.me ? "back" : "new";
  return (
    <section aria-labelledby="join" className="flex flex-col gap-2 px-4 py-4">
      <h2 id="join" className="font-semibold text-14">
        {t(`title.${standing}`)}
      </h2>
      <p className="text-fg-2">{t(`hint.${standing}`)}</p>
      {standing === "removed" ? null : (
        <Button variant="primary" size={size ?? "lg"} aria-disabled={isJoining} onClick={join} className="mt-1">
          {t("join")}
        </Button>
      )}
      {refusal ? (
        <p role="alert" className="text-12 text-danger">
          {refusal}
        </p>
      ) : null}
    </section>
  );
}
