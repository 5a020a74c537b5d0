import { type DomainError, findDomainError, malformed, toldErrorOf } from "@pult/api/errors.ts";
import type { SocketProtocol } from "../gateway.ts";
import type { GuardedSocket, SocketSession } from "./guarded-socket.ts";

export interface MessageRules<Message extends { type: string }> {
  policies: SocketProtocol["policies"];
  /** @throws DomainError `VALIDATION` */
  decode(text: string): Message;
  /** One message that its policy allows. @throws DomainError */
  handle(message: Message): Promise<void> | void;
  /** What the client is told instead of an answer; null for the unexpected. */
  encodeError(error: DomainError | null): string;
  closed?(): void;
}

/** A session of one message at a time: each is counted, decoded, allowed by the policy of its type, handled; errors are answered. */
export function handleMessages<Message extends { type: string }>(
  socket: GuardedSocket,
  rules: MessageRules<Message>,
): SocketSession {
  const { policies, decode, handle, encodeError, closed } = rules;

  async function receive(text: string | null): Promise<void> {
    // First, because a message that is rejected has cost a call as well.
    await socket.count(1);
    if (text === null) throw malformed("Binary messages are not understood");
    const message = decode(text);
    const policy = Object.hasOwn(policies, message.type) ? policies[message.type] : undefined;
    if (!policy) throw malformed("Unknown message");
    socket.authorize(policy);
    await handle(message);
  }

  return {
    async message(text) {
      try {
        await receive(text);
      } catch (error) {
        const known = toldErrorOf(error);
        socket.send(encodeError(known));
        if (!findDomainError(error)) throw error;
      }
    },
    ...(closed ? { closed } : {}),
  };
}
