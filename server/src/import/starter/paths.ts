// Learning paths of the starter set: ways along its resources.
import type { Level } from '@workforce-democracy/shared'

/** A path; its resources by address, as they are in the starter set. */
export interface StarterPath {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly level: Level
  readonly minutes: number
  readonly required: readonly string[]
  /** Behind the required ones. */
  readonly optional: readonly string[]
}

export const STARTER_PATHS: readonly StarterPath[] = [
  {
    id: 'workplace-democracy-101',
    title: 'Workplace democracy: where to begin',
    description: 'What it means that those who work in a place decide about it, and how some of them do.',
    level: 'beginner',
    minutes: 150,
    required: [
      'https://www.usworker.coop/what-is-a-worker-cooperative/',
      'https://ica.coop/en/cooperatives/cooperative-identity',
      'https://www.shiftchange.org/',
    ],
    optional: ['https://www.mondragon-corporation.com/en/about-us/', 'https://institute.coop/'],
  },
  {
    id: 'rights-at-work',
    title: 'Your rights at work, and how to use them together',
    description: 'What the law of the United States grants those who work there, and how a union is formed.',
    level: 'beginner',
    minutes: 120,
    required: [
      'https://www.nlrb.gov/about-nlrb/rights-we-protect/your-rights/employee-rights',
      'https://www.dol.gov/agencies/whd/flsa',
      'https://www.osha.gov/workers',
      'https://aflcio.org/formaunion',
    ],
    optional: [
      'https://www.nlrb.gov/about-nlrb/what-we-do/conduct-elections',
      'https://labornotes.org/secrets',
    ],
  },
  {
    id: 'how-a-law-is-made',
    title: 'How a law is made, and where you come in',
    description: 'From registering to vote to commenting on a rule, with the text that all of it rests on.',
    level: 'beginner',
    minutes: 180,
    required: [
      'https://www.usa.gov/register-to-vote',
      'https://www.congress.gov/help/learn-about-the-legislative-process',
      'https://www.regulations.gov/learn',
    ],
    optional: ['https://www.archives.gov/founding-docs/constitution-transcript', 'https://ncase.me/ballot/'],
  },
  {
    id: 'economic-democracy',
    title: 'Economic democracy: the books',
    description: 'Four arguments about who should decide in the economy, for those who like to read.',
    level: 'advanced',
    minutes: 2400,
    required: [
      'https://doi.org/10.1017/CBO9780511720444',
      'https://openlibrary.org/search?title=A+Preface+to+Economic+Democracy',
      'https://doi.org/10.1017/CBO9780511807763',
    ],
    optional: ['https://press.princeton.edu/books/hardcover/9780691176512/private-government'],
  },
]
