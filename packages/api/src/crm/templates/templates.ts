import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { MessageEntity } from "../../chats/schema.ts";
import type { Context } from "../../context.ts";
import { crmError, invalidField } from "../errors.ts";
import type { ArchiveTemplateInput, ListTemplatesInput, PreviewTemplateInput, SaveTemplateInput } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { getRecord } from "../records/get.ts";
import { changeRecords } from "../records/publish.ts";
import { isoOf } from "../records/select.ts";
import { unlessTaken } from "../records/unless-taken.ts";
import type { Contact, Field, Template } from "../schema.ts";
import { readFields } from "../setup/fields.ts";
import { problemOfText, type Rendered, renderTemplate } from "./render.ts";

const COLUMNS = sql`m.id, m.name, m.text, m.entities, m.is_archived as "isArchived", ${isoOf(sql`m.updated_at`)} as "updatedAt"`;

/** Templates by name, with those that are archived where they are asked for. @throws DomainError `FORBIDDEN` */
export async function listTemplates(ctx: Context, { isArchived }: ListTemplatesInput): Promise<{ items: Template[] }> {
  requireStaff(ctx.actor, "chats:read");
  const items = rowsOf<Template>(
    await ctx.db.execute(sql`
      select ${COLUMNS} from crm_templates m where m.is_archived = ${isArchived} order by lower(m.name), m.id`),
  );
  return { items };
}

/** Variables that every contact has. `agent_name` is who sends. */
const valuesOf = (contact: Contact, agentName: string): Record<string, string | null> => {
  const [first = "", ...others] = contact.name.split(/\s+/);
  return {
    first_name: first,
    last_name: others.join(" "),
    name: contact.name,
    username: contact.username,
    email: contact.email,
    phone: contact.phone,
    company: contact.companyName,
    owner_name: contact.ownerName,
    agent_name: agentName,
  };
};
const KNOWN = Object.keys(valuesOf({ name: "" } as Contact, ""));

/** A custom field as a variable: its name in lower case, everything between letters and digits an underscore. */
const variableOf = ({ name }: Field): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_");

function textOfField({ options }: Field, value: Contact["fields"][string] | undefined): string | null {
  if (value === null || value === undefined) return null;
  const labels = [value].flat().map((one) => options.find(({ id }) => id === one)?.label ?? String(one));
  return labels.join(", ");
}

/** @throws DomainError `VALIDATION`, which names the variable */
async function requireKnown(ctx: Context, { text, entities }: { text: string; entities: readonly MessageEntity[] }) {
  const fields = await readFields(ctx.db, "contact");
  const problem = problemOfText(text, new Set([...KNOWN, ...fields.map(variableOf)]));
  if (problem) throw invalidField("text", problem);
  const at = entities.findIndex(({ offset, length }) => offset + length > text.length);
  if (at !== -1) throw invalidField("entities", `${at}: Does not fit the text`);
  return fields;
}

/** Adds a template, or changes one. @throws DomainError `VALIDATION`, `NOT_FOUND`, `CONFLICT` for a name that is taken */
export async function saveTemplate(ctx: Context, input: SaveTemplateInput): Promise<Template> {
  const author = requireAuthor(ctx);
  await requireKnown(ctx, input);
  const { id, name, text } = input;
  const [entities, moment] = [
    sql`${JSON.stringify(input.entities)}::jsonb`,
    sql`${ctx.now().toISOString()}::timestamptz`,
  ];
  return change(ctx, (tx) =>
    tx.execute(
      id === undefined
        ? sql`insert into crm_templates as m (name, text, entities, created_by, created_at, updated_at)
            values (${name}, ${text}, ${entities}, ${author.id}, ${moment}, ${moment}) returning ${COLUMNS}`
        : sql`update crm_templates m set name = ${name}, text = ${text}, entities = ${entities}, updated_at = ${moment}
            where m.id = ${id} returning ${COLUMNS}`,
    ),
  );
}

/** Puts a template away, or takes it back. @throws DomainError `NOT_FOUND`, `CONFLICT` when another has its name by now */
export async function archiveTemplate(ctx: Context, { id, isArchived }: ArchiveTemplateInput): Promise<Template> {
  requireAuthor(ctx);
  return change(ctx, (tx) =>
    tx.execute(sql`update crm_templates m set is_archived = ${isArchived} where m.id = ${id} returning ${COLUMNS}`),
  );
}

const change = (ctx: Context, statement: (tx: Transaction) => Promise<unknown>): Promise<Template> =>
  changeRecords(ctx, async (tx, events) => {
    const [template] = rowsOf<Template>(await unlessTaken(statement(tx), () => crmError("nameTaken")));
    if (!template) throw crmError("templateNotFound");
    events.push({ type: "setupChanged" });
    return template;
  });

/**
 * What a contact would be sent: the text and entities of a template, or those given, with the contact's values. It is what is sent when it is
 * sent as it is.
 * @throws DomainError `NOT_FOUND`, `VALIDATION` for a variable that is none
 */
export async function previewTemplate(ctx: Context, input: PreviewTemplateInput): Promise<Rendered> {
  const contact = await getRecord(ctx, "contact", { id: input.contactId });
  const render = await prepareTemplate(ctx, await templateOf(ctx, input));
  return render(contact);
}

/** Checks a text with variables once. @returns what each contact would be sent @throws DomainError `VALIDATION` for a variable that is none */
export async function prepareTemplate(
  ctx: Context,
  template: { text: string; entities: readonly MessageEntity[] },
): Promise<(contact: Contact) => Rendered> {
  const fields = await requireKnown(ctx, template);
  const agentName = ctx.actor.kind === "agent" ? ctx.actor.name : "";
  return (contact) => {
    const own = fields.map((field) => [variableOf(field), textOfField(field, contact.fields[field.id])]);
    return renderTemplate(template, { ...Object.fromEntries(own), ...valuesOf(contact, agentName) });
  };
}

/** @throws DomainError `NOT_FOUND`, `VALIDATION` */
async function templateOf({ db }: Context, { id, text, entities }: PreviewTemplateInput) {
  if ((id === undefined) === (text === undefined)) throw invalidField("id", "Give id or text");
  if (text !== undefined) return { text, entities };
  const [template] = rowsOf<Template>(await db.execute(sql`select ${COLUMNS} from crm_templates m where m.id = ${id}`));
  if (!template) throw crmError("templateNotFound");
  return template;
}
