import type { TelegramImport } from "@pult/api/chats/imports/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { SendError } from "../../thread/send-queue.ts";
import { ACCOUNTS_KEY } from "../accounts/use-accounts.ts";
import { uploadChatFile } from "../upload-chat-file.ts";

const isOver = ({ status }: TelegramImport) => status === "done" || status === "failed" || status === "undone";

/** An export on its way in: uploaded, checked, imported. What the server does goes on when the sheet is closed. */
export function useImport() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const earlier = useQuery(trpc.chats.imports.list.queryOptions());
  const [current, setCurrent] = useState<TelegramImport | null>(null);
  const [upload, setUpload] = useState<{ name: string; share: number; failure: Failure | null } | null>(null);
  const running = useRef<AbortController>(undefined);
  const hear = useEffectEvent((one: TelegramImport) => {
    setCurrent(one);
    if (!isOver(one)) return;
    void readAgain(queryClient, trpc.chats.imports.list.queryKey());
    void readAgain(queryClient, ACCOUNTS_KEY);
  });
  const id = current?.id;
  useEffect(() => {
    if (!id) return;
    const following = client.chats.imports.onImport.subscribe({ id }, { onData: hear, onError: () => {} });
    return () => following.unsubscribe();
  }, [client, id]);
  useEffect(() => () => running.current?.abort(), []);

  const choose = async ([file]: readonly File[]) => {
    if (!file) return;
    const { name } = file;
    const controller = new AbortController();
    running.current = controller;
    setUpload({ name, share: 0, failure: null });
    try {
      const onProgress = (share: number) => setUpload({ name, share, failure: null });
      const { id: fileId } = await uploadChatFile(file, { name, onProgress, signal: controller.signal });
      setCurrent(await client.chats.imports.create.mutate({ fileId }));
      setUpload(null);
    } catch (error) {
      if (controller.signal.aborted) return;
      const failure = error instanceof SendError ? error.failure : toFailure(error);
      setUpload({ name, share: 0, failure });
    }
  };
  // Its answer may be older than what the topic has told meanwhile.
  const start = useMutation(trpc.chats.imports.start.mutationOptions());
  const undo = useMutation(
    trpc.chats.imports.undo.mutationOptions({
      onSuccess(undone) {
        setCurrent((one) => (one?.id === undone.id ? null : one));
        void readAgain(queryClient, trpc.chats.imports.list.queryKey());
        void readAgain(queryClient, ACCOUNTS_KEY);
      },
    }),
  );
  return {
    earlier: earlier.data?.items ?? [],
    current,
    upload,
    choose,
    start,
    undo,
    open: setCurrent,
    leave: () => setCurrent(null),
  };
}
