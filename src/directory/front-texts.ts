/** What customers of a shared line are told while it is not known whom they write to; `{tenant}` is filled in. */
export interface FrontTexts {
  readonly askWhom: string;
  readonly askWhich: string;
  readonly noneOfThese: string;
  readonly askSwitch: string;
  readonly yes: string;
  readonly no: string;
}

/** By language (BCP 47, lower case). */
export type FrontTextsIn = Readonly<Record<string, Partial<FrontTexts>>>;

export const usualFrontTexts: FrontTexts = {
  askWhom: 'Whom would you like to write to? Please send their name, number or web address.',
  askWhich: 'Whom would you like to write to?',
  noneOfThese: 'Somebody else',
  askSwitch: 'Would you like to write to {tenant} from now on?',
  yes: 'Yes',
  no: 'No',
};
