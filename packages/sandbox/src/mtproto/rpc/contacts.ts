import { Api } from "telegram/tl/index.js";
import type { Person } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { type Call, method } from "./method.ts";
import { wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";
import type { View } from "./view.ts";

export const contactsMethods = [
  method(Api.contacts.GetContacts, getContacts),
  method(Api.contacts.ImportContacts, importContacts),
  method(Api.contacts.AddContact, addContact),
  method(Api.contacts.DeleteContacts, deleteContacts),
  method(Api.contacts.ResolveUsername, resolveUsername),
  method(Api.contacts.ResolvePhone, resolvePhone),
  method(Api.contacts.GetStatuses, getStatuses),
];

function listContacts(call: Call): Person[] {
  return call.account.contacts.flatMap(({ personId }) => call.world.person(personId) ?? []);
}

function toContact(view: View, person: Person): Api.Contact {
  view.mention(person.id);
  return new Api.Contact({ userId: toLong(person.id), mutual: view.user(person).mutualContact === true });
}

function getContacts(call: Call): Api.contacts.Contacts {
  const view = call.view();
  const contacts = listContacts(call).map((person) => toContact(view, person));
  return new Api.contacts.Contacts({ contacts, savedCount: 0, users: view.peers().users });
}

function addTo(call: Call, person: Person, { firstName, lastName }: { firstName: string; lastName: string }): void {
  const others = call.account.contacts.filter(({ personId }) => personId !== person.id);
  call.account.contacts = [...others, { personId: person.id, firstName, lastName }];
  tell(call, person);
}

/** The account's other devices hear of it. */
function tell({ world, account, origin }: Call, person: Person): void {
  world.notify(account, { kind: "contact", person }, origin);
  world.changed();
}

/** Numbers that no one has are left out. */
function importContacts(call: Call, { contacts }: Api.contacts.ImportContacts): Api.contacts.ImportedContacts {
  const view = call.view();
  const imported: Api.TypeImportedContact[] = [];
  for (const contact of contacts) {
    if (!(contact instanceof Api.InputPhoneContact)) continue;
    const person = findByPhone(call, contact.phone);
    if (person === undefined) continue;
    addTo(call, person, contact);
    view.mention(person.id);
    imported.push(new Api.ImportedContact({ userId: toLong(person.id), clientId: contact.clientId }));
  }
  return new Api.contacts.ImportedContacts({
    imported,
    popularInvites: [],
    retryContacts: [],
    users: view.peers().users,
  });
}

function addContact(call: Call, { id, firstName, lastName }: Api.contacts.AddContact): Api.TypeUpdates {
  if (firstName === "") throw new RpcError("CONTACT_NAME_EMPTY");
  const person = call.person(id);
  addTo(call, person, { firstName, lastName });
  return answerPeer(call, person);
}

function deleteContacts(call: Call, { id }: Api.contacts.DeleteContacts): Api.TypeUpdates {
  const gone = id.map((input) => call.person(input));
  const ids = gone.map((person) => person.id);
  call.account.contacts = call.account.contacts.filter(({ personId }) => !ids.includes(personId));
  for (const person of gone) tell(call, person);
  return answerPeer(call, ...gone);
}

function answerPeer(call: Call, ...people: Person[]): Api.TypeUpdates {
  const view = call.view();
  const updates = people.map(
    (person) => new Api.UpdatePeerSettings({ peer: view.person(person.id), settings: new Api.PeerSettings({}) }),
  );
  return wrap(view, updates, call.now) ?? new Api.UpdatesTooLong();
}

function findByPhone({ world }: Call, phone: string): Person | undefined {
  const digits = phone.replace(/\D/g, "");
  return digits === "" ? undefined : world.findPerson((person) => person.phone === digits);
}

function resolveUsername(call: Call, { username }: Api.contacts.ResolveUsername): Api.contacts.ResolvedPeer {
  const wanted = username.toLowerCase();
  const view = call.view();
  const person = call.world.findPerson((one) => one.username?.toLowerCase() === wanted);
  if (person !== undefined) return toResolved(view, view.person(person.id));
  const chat = call.world.host.state.chats.find((one) => one.username?.toLowerCase() === wanted);
  if (chat === undefined) throw new RpcError("USERNAME_NOT_OCCUPIED");
  return toResolved(view, view.peer(chat));
}

function resolvePhone(call: Call, { phone }: Api.contacts.ResolvePhone): Api.contacts.ResolvedPeer {
  const person = findByPhone(call, phone);
  if (person === undefined) throw new RpcError("PHONE_NOT_OCCUPIED");
  const view = call.view();
  return toResolved(view, view.person(person.id));
}

function toResolved(view: View, peer: Api.TypePeer): Api.contacts.ResolvedPeer {
  return new Api.contacts.ResolvedPeer({ peer, ...view.peers() });
}

function getStatuses(call: Call): Api.ContactStatus[] {
  const view = call.view();
  return listContacts(call).map(
    (person) => new Api.ContactStatus({ userId: toLong(person.id), status: view.status(person) }),
  );
}
