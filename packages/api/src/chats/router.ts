import type { Context } from "../context.ts";
import { contactProcedures, crmProcedures } from "../crm/router.ts";
import { streamLatest, streamLog } from "../realtime/stream.ts";
import { customerOrStaffProcedure, done, router, staffProcedure } from "../trpc.ts";
import { automationsRouter, eventsRouter, webhooksRouter } from "../workflows/router.ts";
import { endDevice, listDevices } from "./accounts/devices.ts";
import { cancelLink, checkPassword, initLink, requestCode, signIn } from "./accounts/link.ts";
import { followQr } from "./accounts/qr.ts";
import { getSession, listSessions, resumeSending, setDefaultAccount, setReceipts } from "./accounts/sessions.ts";
import { listShares, shareAccount } from "./accounts/shares.ts";
import { unlinkAccount } from "./accounts/unlink.ts";
import { cancelScheduled, deleteMessages, editMessage, forwardMessages, react } from "./acts/messages.ts";
import { markRead, setTyping } from "./acts/presence.ts";
import { getBook, keepBook, readBook } from "./address-book/book.ts";
import { changeEntry, listEntries } from "./address-book/entries.ts";
import { changeEntryInput, entriesInput, keepBookInput } from "./address-book/schema.ts";
import { endAgreement, listAgreements, recordAgreement } from "./agreements/agreements.ts";
import { listOfContact } from "./agreements/of-contact.ts";
import {
  agreementInput,
  bulkSettingsInput,
  ofAccountInput,
  ofContactInput,
  recordAgreementInput,
} from "./agreements/schema.ts";
import { changeSettings, getSettings } from "./agreements/settings.ts";
import { addAssociation, listAssociations, removeAssociationById } from "./associations/associations.ts";
import { followBulks } from "./bulk/follow.ts";
import { getBulk, listBulks, listRecipients } from "./bulk/list.ts";
import { saveBulk, submitBulk } from "./bulk/save.ts";
import {
  bulkInput,
  bulkStateInput,
  followBulksInput,
  listBulksInput,
  recipientsInput,
  saveBulkInput,
  versionedInput,
} from "./bulk/schema.ts";
import { approveBulk, setBulkState } from "./bulk/state.ts";
import { listDrafts, saveDraft } from "./drafts/drafts.ts";
import { followAccount, followChats, followDrafts, followReads, followSendStates, followTyping } from "./follow.ts";
import { applyImport, createImport, followImport, getImport, listImports, undoImport } from "./imports/imports.ts";
import { applyImportInput, createImportInput, importInput } from "./imports/schema.ts";
import {
  accountPageInput,
  associateInput,
  chatInput,
  deleteInput,
  deviceInput,
  draftsInput,
  editInput,
  followAccountInput,
  followChatsInput,
  forwardInput,
  initInput,
  listAssociationsInput,
  messageInput,
  messagesInput,
  oneAccountInput,
  pageInput,
  passwordInput,
  reactInput,
  readInput,
  receiptsInput,
  removeAssociationInput,
  requestCodeInput,
  resolveInput,
  retryInput,
  saveDraftInput,
  searchInput,
  sendInput,
  sessionInput,
  shareInput,
  signInInput,
  typingInput,
  unlinkInput,
} from "./inputs.ts";
import { queueSend, retrySend, sendNow } from "./sends/send.ts";
import { getChat, listChats, resolveChat } from "./store/chats.ts";
import { listContacts } from "./store/contacts.ts";
import { listMessages, listScheduled, searchMessages } from "./store/history.ts";
import { countUnread, followUnread } from "./store/unread.ts";

const read = customerOrStaffProcedure("chats:read");
const write = customerOrStaffProcedure("chats:write");
const staffRead = staffProcedure("chats:read");
const staffWrite = staffProcedure("chats:write");
/** What could be used to guess codes and passwords. */
const guess = write.use(async ({ ctx, next }) => {
  await ctx.limitLinking();
  return next();
});
/** Reads go on from the store while the account has to be linked again. */
const STORED = { mustWork: false };

const sent =
  <Input>(send: (ctx: Context, input: Input) => ReturnType<typeof sendNow>) =>
  async ({ ctx, input }: { ctx: Context; input: Input }) => {
    const { message, parts } = await send(ctx, input);
    return { message, parts };
  };

export const chatsRouter = router({
  link: router({
    init: write.input(initInput.prefault({})).mutation(({ ctx, input }) => initLink(ctx, input)),
    requestCode: guess.input(requestCodeInput).mutation(({ ctx, input }) => requestCode(ctx, input)),
    signIn: guess.input(signInInput).mutation(({ ctx, input }) => signIn(ctx, input)),
    password: guess.input(passwordInput).mutation(({ ctx, input }) => checkPassword(ctx, input)),
    cancel: write.input(sessionInput).mutation(done(cancelLink)),
    onQr: write.input(sessionInput).subscription(({ ctx, input, signal }) => followQr(ctx, input, signal)),
  }),
  accounts: router({
    list: read.input(pageInput.prefault({})).query(({ ctx, input }) => listSessions(ctx, input)),
    get: read.input(oneAccountInput).query(({ ctx, input }) => getSession(ctx, input)),
    unlink: write.input(unlinkInput).mutation(done(unlinkAccount)),
    setDefault: write.input(oneAccountInput).mutation(({ ctx, input }) => setDefaultAccount(ctx, input)),
    share: write.input(shareInput).mutation(({ ctx, input }) => shareAccount(ctx, input)),
    shares: read.input(oneAccountInput).query(({ ctx, input }) => listShares(ctx, input)),
    devices: read.input(oneAccountInput).query(({ ctx, input }) => listDevices(ctx, input)),
    terminateDevice: write.input(deviceInput).mutation(done(endDevice)),
    setReceipts: write.input(receiptsInput).mutation(({ ctx, input }) => setReceipts(ctx, input)),
    resume: write.input(oneAccountInput).mutation(({ ctx, input }) => resumeSending(ctx, input)),
  }),
  list: read.input(accountPageInput.prefault({})).query(({ ctx, input }) => listChats(ctx, input, STORED)),
  get: read.input(chatInput).query(({ ctx, input }) => getChat(ctx, input, STORED)),
  resolve: read.input(resolveInput).query(({ ctx, input }) => resolveChat(ctx, input)),
  search: read.input(searchInput).query(({ ctx, input }) => searchMessages(ctx, input)),
  messages: read.input(messagesInput).query(({ ctx, input }) => listMessages(ctx, input, STORED)),
  scheduled: read.input(chatInput).query(({ ctx, input }) => listScheduled(ctx, input, STORED)),
  send: write.input(sendInput).mutation(sent(queueSend)),
  sendNow: write.input(sendInput).mutation(sent(sendNow)),
  retry: write
    .input(retryInput)
    .mutation(async ({ ctx, input }) => ({ message: (await retrySend(ctx, input)).message })),
  edit: write.input(editInput).mutation(({ ctx, input }) => editMessage(ctx, input)),
  delete: write.input(deleteInput).mutation(done(deleteMessages)),
  forward: write.input(forwardInput).mutation(({ ctx, input }) => forwardMessages(ctx, input)),
  react: write.input(reactInput).mutation(({ ctx, input }) => react(ctx, input)),
  cancelScheduled: write.input(messageInput).mutation(done(cancelScheduled)),
  setTyping: write.input(typingInput).mutation(done(setTyping)),
  markRead: write.input(readInput).mutation(({ ctx, input }) => markRead(ctx, input)),
  contacts: router({
    telegram: read.input(accountPageInput.prefault({})).query(({ ctx, input }) => listContacts(ctx, input, STORED)),
    ...contactProcedures,
  }),
  ...crmProcedures,
  addressBook: router({
    get: staffRead.input(oneAccountInput).query(({ ctx, input }) => getBook(ctx, input)),
    keep: staffWrite.input(keepBookInput).mutation(({ ctx, input }) => keepBook(ctx, input)),
    read: staffWrite.input(oneAccountInput).mutation(({ ctx, input }) => readBook(ctx, input)),
    entries: staffRead.input(entriesInput).query(({ ctx, input }) => listEntries(ctx, input)),
    change: staffWrite.input(changeEntryInput).mutation(({ ctx, input }) => changeEntry(ctx, input)),
  }),
  drafts: router({
    list: read.input(draftsInput.prefault({})).query(({ ctx, input }) => listDrafts(ctx, input)),
    save: write.input(saveDraftInput).mutation(({ ctx, input }) => saveDraft(ctx, input)),
  }),
  unread: read.query(({ ctx }) => countUnread(ctx)),
  associations: router({
    list: read.input(listAssociationsInput).query(({ ctx, input }) => listAssociations(ctx, input)),
    add: write.input(associateInput).mutation(async ({ ctx, input }) => (await addAssociation(ctx, input)).association),
    remove: write.input(removeAssociationInput).mutation(done(removeAssociationById)),
  }),
  agreements: router({
    ofContact: staffRead.input(ofContactInput).query(({ ctx, input }) => listOfContact(ctx, input)),
    list: staffRead.input(agreementInput).query(({ ctx, input }) => listAgreements(ctx, input)),
    record: staffWrite.input(recordAgreementInput).mutation(({ ctx, input }) => recordAgreement(ctx, input)),
    end: staffWrite.input(agreementInput).mutation(done(endAgreement)),
  }),
  bulk: router({
    settings: staffRead.input(ofAccountInput).query(({ ctx, input }) => getSettings(ctx, input)),
    setSettings: staffWrite.input(bulkSettingsInput).mutation(({ ctx, input }) => changeSettings(ctx, input)),
    list: staffRead.input(listBulksInput.prefault({})).query(({ ctx, input }) => listBulks(ctx, input)),
    get: staffRead.input(bulkInput).query(({ ctx, input }) => getBulk(ctx, input)),
    recipients: staffRead.input(recipientsInput).query(({ ctx, input }) => listRecipients(ctx, input)),
    save: staffWrite.input(saveBulkInput).mutation(({ ctx, input }) => saveBulk(ctx, input)),
    submit: staffWrite.input(versionedInput).mutation(({ ctx, input }) => submitBulk(ctx, input)),
    approve: staffWrite.input(versionedInput).mutation(({ ctx, input }) => approveBulk(ctx, input)),
    setState: staffWrite.input(bulkStateInput).mutation(({ ctx, input }) => setBulkState(ctx, input)),
    onBulks: staffRead.input(followBulksInput).subscription(async function* ({ ctx, input, signal }) {
      yield* streamLog(ctx, await followBulks(ctx, input), { ...input, signal });
    }),
  }),
  imports: router({
    create: write.input(createImportInput).mutation(({ ctx, input }) => createImport(ctx, input)),
    list: read.query(async ({ ctx }) => ({ items: await listImports(ctx) })),
    get: read.input(importInput).query(({ ctx, input }) => getImport(ctx, input)),
    start: write.input(applyImportInput).mutation(({ ctx, input }) => applyImport(ctx, input)),
    undo: write.input(importInput).mutation(({ ctx, input }) => undoImport(ctx, input)),
    onImport: read.input(importInput).subscription(async function* ({ ctx, input, signal }) {
      yield* streamLatest(ctx, await followImport(ctx, input), { signal });
    }),
  }),
  events: eventsRouter,
  webhooks: webhooksRouter,
  automations: automationsRouter,
  onChats: read.input(followChatsInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLog(ctx, await followChats(ctx, input), { ...input, signal });
  }),
  onTyping: read.input(chatInput).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followTyping(ctx, input), { signal });
  }),
  onReads: read.input(followAccountInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followReads(ctx, input), { signal });
  }),
  onSendState: read.input(followAccountInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followSendStates(ctx, input), { signal });
  }),
  onDrafts: read.input(followAccountInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followDrafts(ctx, input), { signal });
  }),
  onUnread: read.subscription(async function* ({ ctx, signal }) {
    yield* streamLatest(ctx, followUnread(ctx), { signal });
  }),
  onAccount: read.input(followAccountInput.prefault({})).subscription(async function* ({ ctx, input, signal }) {
    yield* streamLatest(ctx, await followAccount(ctx, input), { signal });
  }),
});
