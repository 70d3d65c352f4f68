// The published vocabulary of topics, and the words by which a title, a subject or a bill's type is recognised.

/**
 * Words and phrases for each topic, in lower case. A word also stands for its plural, a hyphen for a blank; what is
 * written as a plural (`customs`) is meant as one. The longest phrase counts: "credit union" is not about unions.
 */
export const TOPIC_WORDS = {
  'agriculture-food': `
    agricultural, agriculture, beef, cocoa, crop, dairy, farm, farmer, farming, fishery, fishing, food, fruit,
    grain, grazing, hunger, livestock, meat, milk, nutrition, pesticide, poultry, rancher, ranching, rural,
    school lunch, school meal, supplemental nutrition assistance, usda, vegetable, wheat`,
  'artificial-intelligence': `
    ai, ai agent, artificial intelligence, computer vision, deep learning, deepfake, generative ai, large
    language model, llm, machine learning, natural language processing, neural network, prompt engineering,
    reinforcement learning`,
  'budget-government': `
    administrative state, appropriation, budget, bureaucracy, bureaucrat, censure, censuring, civil service,
    congressional review, contempt of congress, continuing resolution, debt ceiling, debt limit, deficit,
    district of columbia, executive branch, executive order, federal agency, federal building, federal
    building security, federal contract, federal employee, federal fraud, federal government, federal
    purchasing, federal regulation, federal spending, federal workforce, fiscal responsibility, fiscal year,
    gao, general services administration, government accountability, government efficiency, government
    operation, government publishing, government shutdown, gridlock, house of representatives, house rules,
    improper payment, information quality, inspector general, legislative process, national archives, national
    debt, nomination, office of personnel management, post office, postal service, procurement, providing for
    consideration, providing for the concurrence, public servant, reconciliation, red tape, regulatory reform,
    remote work, rescission, rulemaking, rules of the house, rules relief, senate, separation of powers,
    special government employee, state of the union, telework, united states government`,
  'civic-engagement': `
    activism, activist, advocacy, americorps, boycott, campaigning, citizenship education, civic, civics,
    community organization, community organizing, congressional award, deliberative, democracy, democratic
    participation, direct action, grassroots, letter writing, national service, nonprofit, open letter,
    participatory, petition, political participation, protest, public comment, public meeting, public
    participation, public service, town hall, townhall, volunteer, volunteering, walkout`,
  'civil-rights': `
    abortion, accessibility, affirmative action, antidiscrimination, antiracism, antisemitism, bill of rights,
    born alive, censorship, civil liberties, civil rights, constitution, disability, disabled, discrimination,
    due process, equal rights, equality, equity, ethics, firearm, first amendment, free speech, freedom of
    speech, gender, gun, hate crime, holocaust, human rights, human trafficking, jewish american, juneteenth,
    lgbt, lgbtq, nondiscrimination, pregnant, pro life, protecting speech, racial, racism, religious freedom,
    religious liberty, reproductive rights, respect for marriage, same sex marriage, second amendment, sexism,
    sexual harassment, slavery, transgender, voting rights, women`,
  cooperatives: `
    co op, co operative, commons, community wealth, coop, cooperative, credit union, employee owned, employee
    ownership, esop, housing cooperative, member owned, mondragon, mutual aid, platform cooperativism,
    solidarity economy, worker co op, worker cooperative, worker owned, worker ownership`,
  'culture-history': `
    anniversary, art, artist, arts, coin, commemorate, commemorating, commemoration, commemorative,
    commending, congratulating, copyright, cultural, culture, emancipation hall, film, gold medal, heritage,
    historic, history, honoring, humanities, library, memorial, monument, museum, music, national historic,
    national historical park, olympic, poetry, public broadcasting, religion, remembrance, rotunda,
    semiquincentennial, smithsonian, sport, stadium, statue`,
  'data-mathematics': `
    algebra, big data, calculus, data analysis, data science, data visualization, discrete mathematics,
    geometry, graph theory, math, mathematics, number theory, probability, statistical, statistics`,
  'defense-security': `
    air force, airspace, armed forces, army, authorization for use of military force, biodefense, bombing,
    border security, cbrn, chemical weapon, coast guard, counterterrorism, critical infrastructure, defense,
    deterrence, dod, drone, espionage, explosive, fentanyl trafficking, foreign adversary, foreign
    intelligence, foreign intelligence surveillance, hamas, hezbollah, homeland security, hostage,
    hostilities, human shield, intelligence agency, intelligence authorization, intelligence community, malign
    influence, marine corps, military, missile, national emergency, national guard, national security, naval,
    navy, ndaa, nuclear weapon, pentagon, presidential security, secret service, service member,
    servicemember, shipbuilding, soft target, space force, terrorism, terrorist, transportation security,
    unmanned aircraft, use of military force, war, war powers, warship, weapons of mass destruction`,
  'disaster-response': `
    disaster, disaster relief, drought, earthquake, emergency management, emergency preparedness, emergency
    response, evacuation, fema, fire administration, fire prevention, firefighter, first responder, flood,
    flooding, hurricane, preparedness, severe weather, tornado, tropical storm, tsunami, wildfire, wildland
    fire`,
  'economy-taxes': `
    antitrust, capital formation, capital gain, capital gains, capitalism, competition, cost of living,
    economic, economic development, economy, estate tax, federal reserve, gross domestic product, income
    inequality, industrial policy, industry, inequality, inflation, interest rate, internal revenue, irs,
    lower costs, manufacturer, manufacturing, marriage penalty, merger, monetary policy, monopoly, opportunity
    zone, poverty, social security tax, socialism, supply chain, tax, taxation, taxes, taxpayer`,
  education: `
    academic, apprenticeship, campus, classroom, college, confucius, curriculum, education, educational,
    educator, fafsa, head start, higher education, literacy, parents bill of rights, pell grant, scholarship,
    school, student, student loan, teacher, teaching, title ix, tuition, university, vet tec, workforce
    development, workforce training`,
  'elections-voting': `
    absentee, apportionment, ballot, campaign finance, candidate, census, election, electoral, electoral
    college, equal representation, gerrymandering, lobbying, lobbyist, political advertising, polling place,
    primary election, ranked choice, redistricting, save act, vote, voter, voting, voting rights`,
  'environment-energy': `
    air conditioner, air quality, appliance, appliance standard, biodiversity, biofuel, brownfield, carbon,
    clean air, clean water act, climate, clothes dryer, coal, conservation, coral reef, critical mineral,
    deforestation, dishwasher, duck stamp, e15, ecosystem, electric grid, electric power, electric vehicle,
    electricity, emission, endangered, endangered species, energy, energy efficiency, energy production,
    engine pollution, environment, environmental, epa, ethanol, fossil fuel, fuel economy, furnace, gas
    pipeline, gas stove, gasoline, geothermal, grid, hazardous waste, haze, home appliance, hydroelectric,
    hydropower, invasive species, lng, mineral, mining, national ambient, national wildlife refuge, natural
    gas, nuclear energy, nuclear power, nuclear reactor, offshore, oil, ozone, particulate matter, petroleum,
    pfas, pipeline, plastic, pollutant, pollution, power grid, power plant, pumped storage, recycling,
    refinery, refrigerator, reliable power, renewable, right to produce, solar, strategic production,
    superfund, sustainability, threatened species, transmission, water heater, wildlife, wildlife refuge, wind`,
  families: `
    adoption, baby, child, child abuse, child care, child labor, childcare, children, domestic violence,
    family, father, foster, foster youth, girl, infant, juvenile, juvenile justice, kids, maternal, maternity,
    missing children, mother, paid leave, parent, parental, paternity, runaway, stalking, teenager, violence
    against women, young people`,
  'finance-consumers': `
    access to capital, accredited investor, bank, banking, bankruptcy, beneficial ownership, bitcoin,
    blockchain, borrower, broker, capital market, cbdc, central bank, cfpb, comptroller of the currency,
    consumer, credit card, credit union, crowdfunding, crypto, cryptocurrency, debt collection, deposit
    insurance, digital asset, digital currency, emerging growth company, ethereum, finance, financial,
    financial literacy, fraud prevention, hedge fund, hidden fee, insider trading, insurance, investing,
    investment, investor, ipo, lender, lending, loan, money laundering, mortgage lending, overdraft, payment,
    product safety, proxy voting, public offering, reciprocal deposit, retail investor, scam, sec, securities,
    share disclosure, shareholder, stablecoin, stress testing, student loan, swaps, terrorism risk insurance,
    ticket seller, venture capital`,
  'foreign-affairs': `
    abraham accords, afghan, afghanistan, africa, ambassador, arctic, armenia, asean, australia, balkans, bds,
    belarus, brazil, burma, cambodia, canada, caribbean, ccp, china, chinese, compact of free association,
    cuba, department of state, diplomacy, diplomat, diplomatic, embassy, ethiopia, europe, european, european
    union, foreign, foreign aid, foreign assistance, foreign intelligence, gaza, global, greenland, haiti,
    hamas, hezbollah, hong kong, houthi, human rights, humanitarian assistance, india, indo pacific,
    international, international criminal court, intifada, iran, iranian, iraq, irgc, israel, israeli, japan,
    korea, korean, lebanon, maduro, megobari, mexico, middle east, myanmar, nato, nicaragua, nigeria, north
    korea, overseas, pacific islands, pakistan, palestine, palestinian, panama, passport, poland, prc, russia,
    russian, sanction, saudi arabia, serbia, somalia, south africa, soviet union, state department,
    strengthening the quad, sudan, syria, syrian, taiwan, taliban, tibet, treaty, turkiye, ukraine, ukrainian,
    united nations, unrwa, uyghur, venezuela, vietnam, west bank, western hemisphere, xinjiang, yemen`,
  healthcare: `
    addiction, affordable care, affordable care act, alzheimer, autism, blood, cancer, caregiver, cdc, clinic,
    coronavirus, covid, covid 19, dementia, dental, diabetes, dietary, disease, doctor, drug, emergency
    medical, fda, fentanyl, health, health care, healthcare, hearing aid, hiv, hospice, hospital, indian
    health, kidney, maternal, medicaid, medical, medical care, medical device, medicare, medicine, mental
    health, nih, nurse, nursing, obamacare, opioid, organ donation, organ harvesting, overdose, pandemic,
    parkinson, patient, pharmaceutical, pharmacist, pharmacy, physician, poisoning, preeclampsia, premium tax
    credit, prescription, public health, rare disease, sickle cell, sleep apnea, spina bifida, stroke,
    substance use, suicide, telehealth, tobacco, transplant, vaccination, vaccine, vaping, veterans health`,
  housing: `
    affordable housing, eviction, home buyer, home loan, homebuyer, homeless, homelessness, homeowner,
    homeownership, homes, house price, housing, hud, landlord, manufactured home, mortgage, mortgage lending,
    public housing, real estate, rent, rent control, rental, renter, section 8, tenant, zoning`,
  immigration: `
    alien, asylum, border, border patrol, border security, border wall, cbp, citizenship, customs and border
    protection, daca, deport, deportable, deportation, deporting, detention, dreamer, h 1b, human smuggling,
    illegal entry, illegal immigrant, immigrant, immigration, laken riley, migrant, migration, naturalization,
    non citizen, noncitizen, refugee, repatriation, sanctuary, temporary protected status, undocumented, visa`,
  'justice-policing': `
    assassination, attorney general, bail, cannabis, controlled substance, court, courthouse, crime, crime
    control, criminal, department of justice, dna evidence, doj, exploitation, fbi, felony, fraud, hate crime,
    homicide, human trafficking, impeaching, impeachment, incarceration, injunction, jail, judge, judgeship,
    judicial, judiciary, justice, juvenile justice, larceny, law enforcement, lawsuit, litigation, marijuana,
    marshal, money laundering, murder, offender, officer, police, police officer, policing, prison, prisoner,
    probation, prosecution, prosecutor, public safety, qualified immunity, recidivism, riot, rogue ruling,
    schedule i, second chance, sentence, sentencing, settlement, sheriff, subpoena, supreme court, theft,
    trafficking, victim, violence`,
  labor: `
    apprenticeship, career, child labor, collective bargaining, contractor, department of labor, employee,
    employer, employment, fair labor standards, forced labor, gig economy, gig work, hiring, independent
    contractor, job, joint employer, labor, labor management relations, labor market, labor movement, labor
    organization, labor relations, labor union, labour, layoff, minimum wage, national labor relations,
    occupation, occupational safety, osha, overtime, paid leave, pay raise, pension, remote work, salary,
    sexual harassment, sweatshop, unemployment, unemployment insurance, wage, worker, worker rights, workers
    compensation, workers rights, workforce, workforce development, workforce training, working, working
    conditions, working people, workplace`,
  'lands-water': `
    angler, battlefield, bison, blm, bureau of land management, bureau of reclamation, canal, clean water,
    coastal, conduit, conveyance, dam, drinking water, estuary, federal land, forest, forestry, great lakes,
    harbor, hunter, irrigation, land conveyance, land exchange, land management, land transfer, marina, marine
    debris, national battlefield, national forest, national forest system, national historical park, national
    monument, national park, national park service, national wildlife refuge, ocean, outdoor, outdoor
    recreation, public land, public lands, public park, recreational trail, reservoir, resource management
    plan, river, salmon, sea turtle, seas, shrimper, ski area, timber, wastewater, water, water resources,
    waters of the united states, watershed, wetland, wilderness, wildlife refuge`,
  privacy: `
    anonymity, biometric, cryptographic, cryptography, data broker, data privacy, data protection, data
    security, disclosure order, encryption, end to end encrypted, facial recognition, fisa, foreign
    intelligence surveillance, fourth amendment, gdpr, identity theft, ndo, non disclosure order,
    nondisclosure order, personal data, personal information, privacy, right to be forgotten, spyware,
    surveillance, warrantless, wiretap`,
  programming: `
    algorithm, android, angular, angularjs, ansible, api design, apl, arduino, asp net, assembly language,
    autoit, aws, azure, backbone js, backend, ballerina, bash, bootstrap, c#, c++, clojure, cloud computing,
    cobol, coding, compiler, computer science, concurrency, css, cuda, d3 js, dart, data engineer, data
    structure, data structures, database, debugging, delphi, design pattern, devops, django, docker,
    elasticsearch, elixir, emacs, embedded systems, erlang, f sharp, fastapi, flask, flutter, fortran, free
    software, frontend, full stack, functional programming, game development, git, github, go language,
    golang, graphics programming, graphql, hadoop, haskell, html, html5, ios, java, javascript, jenkins,
    jquery, julia language, jupyter, kafka, kotlin, kubernetes, laravel, linux, lisp, lua, microservice,
    mongodb, mysql, nest js, net framework, next js, nlp, node js, nodejs, nosql, numpy, object oriented,
    object oriented programming, objective c, ocaml, open source, opengl, operating system, pandas, parallel
    programming, pascal, perl, php, postgresql, powershell, programmer, programming, prolog, python, pytorch,
    qt, r language, rails, raku, raspberry pi, react hook, react js, react native, reactjs, redis, redux,
    refactoring, regex, regular expression, rest api, ruby, rust, rust language, rust programming, salesforce,
    sass, scala, shell scripting, smalltalk, software, software architecture, software developer, software
    engineering, solidity, spark, spring boot, sql, sqlite, svelte, swift programming, swiftui, symfony,
    system design, tensorflow, terraform, test driven development, typescript, unit testing, unix, vb net,
    version control, vim, visual basic, vulkan, web app, web design, web developer, web development,
    webassembly, webgl, wordpress`,
  science: `
    astronomy, biology, biotechnology, chemistry, engineering biology, fusion energy, gene synthesis,
    genomics, laboratory, nasa, national science foundation, nist, noaa, outer space, physics, quantum,
    research, satellite, science, scientific, scientist, space, space exploration, space program, space
    science, space technology, spacecraft, weather`,
  'small-business': `
    504 credit, business loan, entrepreneur, entrepreneurship, franchise, freelance, freelancer, main street,
    microenterprise, minority business, sba, sbir, self employed, small business, small entity, startup,
    veteran owned, women owned`,
  'social-security': `
    401 k, aging, basic income, disability insurance, elder, elderly, food stamp, government pension offset,
    old age, older americans, pension, public assistance, retiree, retirement, safety net, senior, social
    insurance, social security, ssi, supplemental security income, survivor benefit, tanf, unemployment
    insurance, welfare`,
  technology: `
    5g, 6g, 911, am radio, artificial intelligence, blockchain, broadband, chip manufacturing, chip security,
    chips act, cloud computing, communications, communications act, computer, computing, cyber, cybersecurity,
    cyberspace, data center, digital, electronic, fcc, hacker, hacking, information technology, internet,
    internet of things, iot, malware, mobile app, network security, networking, next generation 911, ntia,
    online, open ran, radio, remote access, robot, robotics, semiconductor, smart device, social media,
    spectrum, tech, technological, technology, telecommunication, tiktok, undersea cable, web, website,
    wireless`,
  trade: `
    african growth and opportunity, agoa, antidumping, commerce clause, countervailing, customs, customs duty,
    de minimis, dumping, duties, export, export control, exporting, free trade, generalized system of
    preferences, import, imported, impose duties, liquidation, most favored nation, normal trade relations,
    suspension of liquidation, tariff, trade, trade act, trade agreement, usmca, world trade organization, wto`,
  transportation: `
    air traffic, air travel, aircraft, aircraft safety, airline, airport, amtrak, automobile, autonomous
    vehicle, aviation, bicycle, bridge, car, cargo, catalytic converter, commercial driver, diesel, electric
    vehicle, engine pollution, faa, ferry, flight, hazardous materials transport, highway, infrastructure,
    locomotive, maritime, motor carrier, motorcoach, motorist, notam, ntsb, ocean shipping, pedestrian, pilot,
    port of entry, rail, rail passenger, railroad, railway, road, seaport, traffic death, train, transit,
    transportation, traveler, truck, trucking, tsa, tunnel, vehicle, vessel`,
  'tribal-nations': `
    alaska native, cherokee, chippewa, choctaw, indian affairs, indian boarding, indian country, indian
    education, indian gaming, indian health, indian land, indian reservation, indian tribe, indian village,
    indian water, indigenous, lumbee, miccosukee, native american, native hawaiian, native nation, native
    village, navajo, pueblo, seminole, sioux, tribal, tribal self determination, tribe, tribe of indians,
    wounded knee massacre`,
  unions: `
    afl cio, collective bargaining, labor management relations, labor movement, labor organization, labor
    relations, labor strike, labor union, national labor relations, nlrb, picket, right to organize, right to
    work, seiu, shop steward, strike, teamster, trade union, unfair labor practice, union, union busting,
    union drive, unionise, unionization, unionize, unionizing, work stoppage, workers union`,
  veterans: `
    agent orange, burn pit, department of veterans affairs, gi bill, gold star, medal of honor, national
    cemetery, pact act, secretary of veterans affairs, servicemembers and veterans, toxic exposure, va, va
    clinic, va employee, va home loan, va medical, vet tec, veteran, veteran owned, veterans affairs, veterans
    benefits, vso, wounded warrior`,
  'workplace-democracy': `
    co determination, codetermination, democracy at work, democratic ownership, democratic workplace, economic
    democracy, employee owned, employee ownership, employee representation, esop, industrial democracy,
    mondragon, participatory management, self managed, self management, sociocracy, worker co op, worker
    control, worker cooperative, worker management, worker organizing, worker owned, worker ownership, worker
    power, worker representation, worker self management, workers on boards, workplace democracy, works
    council`,
} as const

/** A topic of the published vocabulary. */
export type Topic = keyof typeof TOPIC_WORDS
