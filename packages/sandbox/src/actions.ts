import type {
  CreateDevice,
  EditAsUser,
  FaultChange,
  Faults,
  PushDevice,
  PushDeviceState,
  SendAsUser,
} from "./control.ts";
import { clearPushes, createDevice, setDeviceState } from "./push/devices.ts";
import type { TelegramBackend } from "./telegram/backend.ts";
import type { BotApiServer } from "./telegram/bot-api-server.ts";
import { createInitData, createLaunchFragment, initDataPublicKey } from "./telegram/init-data.ts";
import { migrateGroup } from "./telegram/migration.ts";
import type { Attachments, PressAsUser } from "./telegram/user-actions.ts";
import {
  deleteMessageAsUser,
  deleteTopicAsUser,
  editAsUser,
  press,
  sendAsUser,
  setBlocked,
} from "./telegram/user-actions.ts";

/** What people do in the simulated Telegram. All throw `Refusal` (4xx) for what their apps would not let them do. */
export interface TelegramActions {
  sendAsUser(input: SendAsUser, attachments?: Attachments): { messageIds: number[] };
  edit(input: EditAsUser): void;
  /** Answers the callback query's id. */
  press(input: PressAsUser): string;
  deleteTopic(threadId: number): void;
  deleteMessage(chatId: number, messageId: number): void;
  block(userId: number, blocked: boolean): void;
  /** Answers the group's new id. */
  migrateGroup(): number;
  initData(userId: number): string;
  launchFragment(userId: number): string;
  /** Checks `signature` of init data: raw Ed25519 key, hex. */
  readonly initDataPublicKey: string;
}

export interface PushActions {
  createDevice(input: CreateDevice): PushDevice;
  setDeviceState(deviceId: string, state: PushDeviceState): PushDevice;
  clear(): void;
  /** Every FCM access token issued so far is answered 401 from now on. */
  expireAccessTokens(): void;
}

export interface SandboxActions {
  telegram: TelegramActions;
  push: PushActions;
  setFaults(change: FaultChange): Faults;
  reset(): void;
}

export function createActions(backend: TelegramBackend, botApi: BotApiServer): SandboxActions {
  const { world } = backend;
  return {
    telegram: createTelegramActions(backend),
    push: {
      createDevice: (input) => createDevice(world, input),
      setDeviceState: (deviceId, state) => setDeviceState(world, deviceId, state),
      clear: () => clearPushes(world),
      expireAccessTokens: () => {
        world.state.accessTokenEpoch += 1;
        world.changed();
      },
    },
    setFaults: (change) => {
      const faults = world.faults.change(change);
      if (change.dropConnections === true || faults.telegramDown) botApi.cutConnections();
      announceFaults(backend, faults);
      return faults;
    },
    reset: () => {
      world.reset();
      announceFaults(backend, world.faults.current);
    },
  };
}

function createTelegramActions(backend: TelegramBackend): TelegramActions {
  const { world } = backend;
  return {
    sendAsUser: (input, attachments) => ({ messageIds: sendAsUser(backend, input, attachments) }),
    edit: (input) => editAsUser(backend, input),
    press: (input) => press(backend, input),
    deleteTopic: (threadId) => deleteTopicAsUser(backend, threadId),
    deleteMessage: (chatId, messageId) => deleteMessageAsUser(backend, chatId, messageId),
    block: (userId, blocked) => setBlocked(backend, userId, blocked),
    migrateGroup: () => migrateGroup(backend),
    initData: (userId) => createInitData(world, userId),
    launchFragment: (userId) => createLaunchFragment(world, userId),
    initDataPublicKey: initDataPublicKey(world),
  };
}

function announceFaults({ world, webhook }: TelegramBackend, faults: Faults): void {
  world.emit({ type: "faults", faults });
  webhook.wake();
}
